"""A Milvus server for the tests, where one can be started."""
