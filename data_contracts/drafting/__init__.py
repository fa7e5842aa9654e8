"""Drafts a contract from a file of reviews: columns, roles by simple rules, and general rules."""
