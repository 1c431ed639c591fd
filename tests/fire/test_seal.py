"""The seal of the store: what counts, what is refused, what a write mends."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

import vcpi
from vcpi.assemble.libraries import ingest_compounds
from vcpi.assemble.rebuild import rebuild
from vcpi.errors import ArtifactError
from vcpi.store import seal
from vcpi.store.connection import open_for_reading, open_for_writing


@pytest.fixture
def home(tmp_path):
    (tmp_path / "c.csv").write_text("name,smiles\nbutane,CCCC\npropane,CCC\n")
    ingest_compounds(tmp_path, tmp_path / "c.csv")
    return tmp_path


def store_of(home):
    return home / "db" / "vcpi.sqlite"


def seal_of(home):
    return home / "db" / "vcpi.sqlite.seal"


def rename_by_hand(home, name):
    """Change the store as another program does."""
    with closing(sqlite3.connect(store_of(home))) as connection, connection:
        connection.execute("UPDATE compound SET name = ? WHERE name = 'butane'", [name])
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_the_seal_is_the_digest_of_the_file(home):
    held = json.loads(seal_of(home).read_text())
    assert held["file_digest"] == hashlib.sha256(store_of(home).read_bytes()).hexdigest()
    assert held["n_rows"] == store_of(home).stat().st_size


def test_a_store_changed_by_another_program_is_neither_asked_nor_written(home):
    rename_by_hand(home, "butene")
    changed = store_of(home).read_bytes()
    with vcpi.open(home) as database:
        with pytest.raises(ArtifactError, match="not as vcpi left it"):
            database.compound("butane")
        assert [row["part"] for row in database.verify(deep=True) if row["state"] != "ok"] == ["store"]
    with pytest.raises(ArtifactError, match="not as vcpi left it"):
        rebuild(home)
    assert store_of(home).read_bytes() == changed


def test_without_a_seal_the_digest_of_the_rows_counts(home):
    seal_of(home).unlink()
    with vcpi.open(home) as database:
        assert database.compound("butane").name == "butane"
        assert {row["state"] for row in database.verify(deep=True)} == {"ok"}
    rename_by_hand(home, "butene")
    with vcpi.open(home) as database:
        assert [row["part"] for row in database.verify(deep=True) if row["state"] != "ok"] == ["store"]
    with pytest.raises(ArtifactError, match="rows are not those of their digest"):
        rebuild(home)


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe"])
def test_a_broken_seal_of_a_whole_store_is_made_anew_by_build(home, damage):
    whole = seal_of(home).read_bytes()
    seal_of(home).write_bytes(damage)
    with vcpi.open(home) as database, pytest.raises(ArtifactError, match="vcpi build"):
        database.compound("butane")
    rebuild(home)
    assert len(seal_of(home).read_bytes()) == len(whole)
    with vcpi.open(home) as database:
        assert database.compound("butane").name == "butane"


def test_a_store_written_beside_a_reader_is_sealed_with_its_log(home):
    with closing(open_for_reading(home)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM compound").fetchone()
        (home / "d.csv").write_text("name,smiles\npentane,CCCCC\n")
        ingest_compounds(home, home / "d.csv")
        assert reader.execute("SELECT count(*) FROM compound").fetchone()[0] == 2
        with vcpi.open(home) as database:
            assert database.compound("pentane").name == "pentane"
            assert {row["state"] for row in database.verify(deep=True)} == {"ok"}
            assert seal.check_seal(database._connection, store_of(home))
    rebuild(home)
    with closing(open_for_reading(home)) as connection:
        assert seal.check_seal(connection, store_of(home))


def test_a_write_that_fails_keeps_the_seal(home):
    before = seal_of(home).read_bytes()

    def fail():
        with open_for_writing(home) as database:
            database.execute("DELETE FROM name")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seal_of(home).read_bytes() == before
    with vcpi.open(home) as database:
        assert database.compound("butane").name == "butane"


def test_an_error_of_another_kind_is_told_as_damage_only_where_there_is_damage(home, monkeypatch):
    def broken(*_args, **_named):
        raise KeyError("odd")

    monkeypatch.setattr("vcpi.database.core.find", broken)
    with vcpi.open(home) as database, pytest.raises(KeyError):
        database.compound("butane")
    seal_of(home).unlink()
    rename_by_hand(home, "butene")
    with vcpi.open(home) as database, pytest.raises(ArtifactError, match="rows are not those"):
        database.compound("butane")


def test_the_digest_of_the_content_sees_every_table_and_not_its_own_note(home):
    with closing(open_for_reading(home)) as connection:
        first = seal.content_digest(connection)
        assert first == seal.noted(connection).content_digest
        copy = sqlite3.connect(":memory:")
        connection.backup(copy)
    copy.row_factory = sqlite3.Row
    assert seal.content_digest(copy) == first
    copy.execute("DELETE FROM artifact WHERE kind = 'store'")
    assert seal.content_digest(copy) == first
    for change in (
        "UPDATE form SET row = row + 1 WHERE form_id = 1",
        "INSERT INTO gene_set VALUES ('a', 'b', '', '[]')",
        "DELETE FROM annotation",
        "CREATE TABLE more (x)",
        "UPDATE artifact SET file = 'other'",
    ):
        copy.execute("SAVEPOINT change")
        try:
            changed = copy.execute(change).rowcount != 0
        except sqlite3.OperationalError:
            changed = False
        assert (seal.content_digest(copy) != first) is changed
        copy.execute("ROLLBACK TO change")


def test_to_check_the_seal_lets_go_of_no_lock(home):
    with vcpi.open(home) as database:
        for number in range(4):
            assert database.status()["counts"]["compound"] == 2 + number
            assert vcpi.open(home).verify(deep=True)
            program = (
                "import sys; from pathlib import Path; from vcpi.assemble.libraries import ingest_compounds\n"
                "ingest_compounds(Path(sys.argv[1]), Path(sys.argv[2]))\n"
            )
            (home / "more.csv").write_text(f"name,smiles\nmore{number},{'C' * (number + 5)}\n")
            done = subprocess.run([sys.executable, "-c", program, str(home), str(home / "more.csv")], check=False)
            assert done.returncode == 0
            assert (home / "db" / "vcpi.sqlite-shm").exists()  # SQLite takes it away when nobody else is at work


def test_a_large_store_is_compared_where_the_whole_of_it_is_asked_for(home, monkeypatch):
    monkeypatch.setattr(seal, "LIMIT", 1_000)
    rebuild(home)
    held = json.loads(seal_of(home).read_text())
    assert held["file_digest"] == hashlib.sha256(store_of(home).read_bytes()).hexdigest()
    with vcpi.open(home) as database:
        assert database.compound("butane").name == "butane"
        (row,) = [row for row in database.verify(deep=True) if row["part"] == "store"]
        assert (row["state"], "bit for bit" in row["detail"]) == ("ok", True)
        (row,) = [row for row in database.verify() if row["part"] == "store"]
        assert "verify --deep" in row["detail"]
    image = bytearray(store_of(home).read_bytes())
    image[99] ^= 1  # of the header: which SQLite wrote last, which no query and no digest of rows reads
    store_of(home).write_bytes(image)
    with vcpi.open(home) as database:
        assert database.compound("butane").name == "butane"
        (row,) = [row for row in database.verify(deep=True) if row["part"] == "store"]
        assert (row["state"], "not as vcpi left it" in row["detail"]) == ("damaged", True)


def test_a_workspace_that_is_forgotten_leaves_no_connection_open(home):
    (home / "newer" / "db").mkdir(parents=True)
    shutil.copy(store_of(home), store_of(home / "newer"))
    with closing(sqlite3.connect(store_of(home / "newer"))) as connection:
        connection.execute("PRAGMA user_version = 999")
        connection.commit()
    program = (
        "import gc, sys, vcpi; from pathlib import Path\n"
        "database = vcpi.open(sys.argv[1]); connection = database._connection; assert database.compound('butane')\n"
        "del database; gc.collect()\n"
        "try: vcpi.open(Path(sys.argv[1]) / 'newer')\n"
        "except vcpi.VcpiError: pass\n"
        "try: connection.execute('SELECT 1')\n"
        "except Exception as error: print(error)\n"
    )
    words = [sys.executable, "-W", "error::ResourceWarning", "-c", program, str(home)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("Cannot operate on a closed database.", "")
