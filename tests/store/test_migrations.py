"""A store of an older vcpi is brought up to date, and keeps what it held."""

from __future__ import annotations

import sqlite3

from vcpi.store import schema
from vcpi.store.connection import open_for_reading, open_for_writing, store_path


def test_a_store_of_the_first_version_gets_the_new_columns_and_keeps_its_rows(tmp_path):
    path = store_path(tmp_path)
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    for statement in schema._statements(schema.MIGRATIONS[0]):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    connection.execute("INSERT INTO dataset VALUES (1, 'd', 'release', 0, 'z', 'hybrid', '{}', '[]', '')")
    connection.execute("INSERT INTO compound (compound_id, identity, name) VALUES (1, 'x', 'x')")
    connection.execute(
        "INSERT INTO signature (signature_id, dataset_id, compound_id, source_signature_id, plates, strength, "
        "vector_digest, flags, provenance) VALUES (5, 1, 1, 's', '[]', 0.25, 'digest', '[]', '{}')"
    )
    connection.commit()
    connection.close()
    with open_for_writing(tmp_path):
        pass
    with open_for_reading(tmp_path) as opened:
        row = dict(opened.execute("SELECT * FROM signature").fetchone())
        assert opened.execute("PRAGMA user_version").fetchone()[0] == len(schema.MIGRATIONS)
    assert (row["signature_id"], row["strength"]) == (5, 0.25)
    for column in ("quality_factor", "replicate_correlation", "replicate_excess", "tas"):
        assert row[column] is None
