"""The store of outputs, records and champions, in a folder or a bucket."""
