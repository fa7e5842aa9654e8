"""The store of outputs, records and champions: one store over a folder or a bucket."""
