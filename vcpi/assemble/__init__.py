"""Where records, both wings and the store meet to write: ingest into the store, build the indexes, publish."""
