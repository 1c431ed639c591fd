"""The SQLite store: schema, writing, reading. The one home of sqlite_utils."""
