"""Where reviews come from: files, downloads and demo reviews, read safely."""
