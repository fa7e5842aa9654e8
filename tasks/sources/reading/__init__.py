"""Reading files of reviews as people save them: CSV, JSON Lines and Parquet, packed or not."""
