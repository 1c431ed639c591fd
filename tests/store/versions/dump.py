"""Write a store as SQL that loads into an empty file: ``python dump.py db/vcpi.sqlite > v7.sql``.

The stores here were written by the vcpi of their time from one small made-up table (four compounds, twelve genes);
the line of text search is left to its virtual table, since its own tables cannot be written as plain SQL.
"""

from __future__ import annotations

import sqlite3
import sys


def dump(connection: sqlite3.Connection) -> list[str]:
    """Return the statements that make the store anew."""
    tables = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'name_fts_%' ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'view' THEN 2 ELSE 1 END, rowid"
    ).fetchall()
    lines = [sql for _, sql in tables]
    for name, sql in tables:
        if not sql.startswith("CREATE TABLE") and not sql.startswith("CREATE VIRTUAL"):
            continue
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
        named = ["rowid", *columns] if sql.startswith("CREATE VIRTUAL") else columns
        values = ", ".join(f"quote({column})" for column in named)
        for row in connection.execute(f"SELECT {values} FROM {name}"):
            lines.append(f"INSERT INTO {name} ({', '.join(named)}) VALUES ({', '.join(row)})")
    for pragma in ("application_id", "user_version"):
        lines.append(f"PRAGMA {pragma} = {connection.execute(f'PRAGMA {pragma}').fetchone()[0]}")
    return lines


if __name__ == "__main__":
    sys.stdout.write(";\n".join(dump(sqlite3.connect(sys.argv[1]))) + ";\n")
