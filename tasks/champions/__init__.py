"""The champion: its history, who may follow it, and its own copies."""
