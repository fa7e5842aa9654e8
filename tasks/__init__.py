"""The stages, and what they share."""

from tasks.engine.own_code import pin_imports

# Before any other import: a cache key names the code that was imported, not a later edit of it.
pin_imports()
