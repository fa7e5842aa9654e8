"""The champion registry: the history, the promotion rule, and the champion's files."""
