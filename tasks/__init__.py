"""The stages of the pipeline, and the packages that they share."""

from tasks.engine.own_code import pin_imports

# Before any other import: cache keys must name the imported code, not a later edit of its file.
pin_imports()
