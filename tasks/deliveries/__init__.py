"""Known deliveries: which files were accepted, and what the next file is compared with."""
