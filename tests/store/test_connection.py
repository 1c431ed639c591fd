"""The store opens for one writer at a time, and keeps nothing of what fails."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time

import pytest

from vcpi.errors import ArtifactError, WorkspaceError
from vcpi.store import read, schema
from vcpi.store.connection import open_for_reading, open_for_writing, store_path


def add(database, name):
    database.execute("INSERT INTO compound (identity, name) VALUES (?, ?)", [f"name:{name}", name])


def write_half(home, meanwhile=lambda: None):
    """Begin to write, and fail."""
    with open_for_writing(home) as database:
        add(database, "caffeine")
        meanwhile()
        raise RuntimeError("half way")


def test_a_new_store_carries_its_marks(tmp_path):
    with open_for_writing(tmp_path) as database:
        add(database, "aspirin")
    plain = sqlite3.connect(store_path(tmp_path))
    assert plain.execute("PRAGMA application_id").fetchone() == (0x76637069,)
    assert plain.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    strict = plain.execute("SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict").fetchall()
    plain.close()
    assert {name for (name,) in strict} <= {"sqlite_schema", "sqlite_temp_schema"}


def test_what_a_failing_write_did_is_gone(tmp_path):
    with open_for_writing(tmp_path) as database:
        add(database, "aspirin")
    with pytest.raises(RuntimeError, match="half way"):
        write_half(tmp_path)
    connection = open_for_reading(tmp_path)
    names = [row[0] for row in connection.execute("SELECT name FROM compound")]
    connection.close()
    assert names == ["aspirin"]


def test_a_failing_first_write_leaves_no_folder(tmp_path):
    home = tmp_path / "screen"
    with pytest.raises(RuntimeError, match="half way"):
        write_half(home)
    assert not home.exists()


def test_a_second_writer_is_refused_and_readers_go_on(tmp_path):
    with open_for_writing(tmp_path) as database:
        add(database, "aspirin")
    with open_for_writing(tmp_path) as database:
        add(database, "caffeine")
        with pytest.raises(WorkspaceError, match="Another process is writing"), open_for_writing(tmp_path):
            pass
        connection = open_for_reading(tmp_path)
        assert read.counts(connection)["compound"] == 1
        connection.close()


def test_reading_cannot_write(tmp_path):
    with open_for_writing(tmp_path):
        pass
    connection = open_for_reading(tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("INSERT INTO compound (identity, name) VALUES ('x', 'x')")
    connection.close()


def test_no_workspace_is_said_with_the_way_out(tmp_path):
    with pytest.raises(WorkspaceError, match=r"No workspace at .*vcpi demo"):
        open_for_reading(tmp_path)


def test_a_file_of_another_program_is_refused(tmp_path):
    store_path(tmp_path).parent.mkdir()
    other = sqlite3.connect(store_path(tmp_path))
    other.execute("CREATE TABLE t (x)")
    other.commit()
    other.close()
    with pytest.raises(WorkspaceError, match="another program"):
        open_for_reading(tmp_path)
    with pytest.raises(WorkspaceError, match="another program"), open_for_writing(tmp_path):
        pass


def test_a_store_of_a_newer_vcpi_is_refused(tmp_path):
    with open_for_writing(tmp_path):
        pass
    plain = sqlite3.connect(store_path(tmp_path))
    plain.execute("PRAGMA user_version = 999")
    plain.close()
    with pytest.raises(WorkspaceError, match=r"schema version 999.*upgrade"):
        open_for_reading(tmp_path)


def test_what_is_no_database_is_said(tmp_path):
    store_path(tmp_path).parent.mkdir()
    store_path(tmp_path).write_bytes(b"not a database at all, but long enough to look at" * 100)
    with pytest.raises(ArtifactError, match="cannot be read"):
        open_for_reading(tmp_path)


def test_a_killed_writer_leaves_the_old_content(tmp_path):
    with open_for_writing(tmp_path) as database:
        add(database, "aspirin")
    program = (
        "import os, signal, sys; from pathlib import Path; from vcpi.store.connection import open_for_writing\n"
        "with open_for_writing(Path(sys.argv[1])) as database:\n"
        "    database.execute(\"INSERT INTO compound (identity, name) VALUES ('x', 'x')\")\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert killed.returncode == -9
    connection = open_for_reading(tmp_path)
    assert [row[0] for row in connection.execute("SELECT name FROM compound")] == ["aspirin"]
    connection.close()


def test_a_failing_first_writer_leaves_alone_what_another_kept(tmp_path):
    program = (
        "import sys; from pathlib import Path; from vcpi.store.connection import open_for_writing\n"
        "with open_for_writing(Path(sys.argv[1])) as database:\n"
        "    database.execute(\"INSERT INTO compound (identity, name) VALUES ('x', 'kept')\")\n"
    )
    children = []

    def start():
        children.append(subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "home")]))
        time.sleep(1.0)  # the other waits for the lock by now

    with pytest.raises(RuntimeError, match="half way"):
        write_half(tmp_path / "home", start)
    assert children[0].wait() == 0
    connection = open_for_reading(tmp_path / "home")
    assert [row[0] for row in connection.execute("SELECT name FROM compound")] == ["kept"]
    connection.close()
