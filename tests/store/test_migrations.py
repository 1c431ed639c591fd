"""Stores that each earlier vcpi wrote are brought up to date, keep what they held, and are kept as they were.

``versions/`` holds a dump for each schema version, of a store that the vcpi of that time made from four compounds and
twelve genes; the judge of what they hold is the table that was ingested, and SQLite itself.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from vcpi.errors import WorkspaceError
from vcpi.store import schema
from vcpi.store.connection import open_for_reading, open_for_writing, store_path

VERSIONS = Path(__file__).parent / "versions"
NEWEST = len(schema.MIGRATIONS)
OLDER = list(range(1, NEWEST))
FIRST_VALUES = (
    "C3F5804014AEA7C0AE47213F48E19ABF295C4FBF8FC2F5BE666676C0000000BFA470DDBF52B8DE40295C"  # SIG-A, little-endian
)


def load(home, name):
    """Make the store of a dump."""
    path = store_path(home)
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript((VERSIONS / name).read_text(encoding="utf-8"))
    connection.commit()
    connection.close()
    return path


def content(path, tables):
    """Read whole tables by plain SQLite."""
    connection = sqlite3.connect(path)
    rows = {}
    for name, columns in tables.items():
        if name != "artifact":  # says what the files beside the store are, and is written anew
            rows[name] = sorted(map(repr, connection.execute(f"SELECT {', '.join(columns)} FROM {name}")))
    connection.close()
    return rows


def tables_of(path):
    """Return the tables of a store and their columns."""
    connection = sqlite3.connect(path)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'name_fts%'")
    found = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for (name,) in names}
    connection.close()
    return found


def version_of(path):
    connection = sqlite3.connect(path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return version


def test_each_version_before_the_newest_is_kept():
    assert {f"v{version}.sql" for version in OLDER} <= {path.name for path in VERSIONS.glob("v*.sql")}


@pytest.mark.parametrize("version", OLDER)
def test_a_store_of_each_version_keeps_its_rows_and_is_kept_as_it_was(tmp_path, caplog, version):
    path = load(tmp_path, f"v{version}.sql")
    tables = tables_of(path)
    before = content(path, tables)
    with open_for_writing(tmp_path):
        pass
    backup = path.with_name(f"vcpi.v{version}.sqlite")
    assert content(path, tables) == content(backup, tables) == before
    assert (version_of(backup), version_of(path)) == (version, NEWEST)
    assert (
        f"had schema version {version} and is brought to {NEWEST}; as it was, it is kept as db/{backup.name}"
        in caplog.text
    )
    assert sorted(file.name for file in path.parent.glob("*.sqlite")) == [path.name, backup.name]
    for column in ("quality_factor", "replicate_correlation", "replicate_excess", "tas"):
        assert column in tables_of(path)["signature"]


@pytest.mark.parametrize("version", OLDER)
def test_a_migrated_store_has_the_schema_of_a_new_one(tmp_path, version):
    """The judge is a store made today from nothing."""
    path = load(tmp_path / "old", f"v{version}.sql")
    for home in (tmp_path / "old", tmp_path / "new"):
        with open_for_writing(home):
            pass
    assert tables_of(path) == tables_of(store_path(tmp_path / "new"))


@pytest.mark.parametrize("version", OLDER)
def test_a_store_of_each_version_is_built_and_answers(tmp_path, vcpi_command, version):
    load(tmp_path, f"v{version}.sql")
    asked = vcpi_command(tmp_path, "like", "ethanol")
    assert (asked.status, asked.out) == (1, "")
    assert f"has schema version {version}; run 'vcpi build' once" in asked.err
    assert vcpi_command(tmp_path, "build").status == 0
    assert vcpi_command(tmp_path, "verify", "--deep").status == 0
    answer = json.loads(vcpi_command(tmp_path, "like", "ethanol", "--format", "json", "-k", "3").out)
    assert answer["hits"][0]["name"] == "propanol"  # the same values and a little noise
    assert answer["hits"][0]["connectivity"] > 0.95
    with open_for_reading(tmp_path) as opened:
        (first,) = opened.execute("SELECT hex(bytes) FROM vector WHERE layer = 'z' ORDER BY signature_id").fetchone()
    assert first.startswith(FIRST_VALUES)


def test_a_store_before_the_first_version_is_refused(tmp_path):
    path = load(tmp_path, "before-1.sql")
    before = path.read_bytes()
    for opened in (open_for_reading, lambda home: open_for_writing(home).__enter__()):
        with pytest.raises(WorkspaceError, match=r"before schema version 1 was settled .* ingest its sources again"):
            opened(tmp_path)
    assert tables_of(path)
    assert version_of(path) == 1
    assert len(path.read_bytes()) == len(before)


@pytest.mark.parametrize("ahead", [1, 1000])
def test_a_store_of_a_newer_vcpi_is_refused_and_left_alone(tmp_path, ahead):
    path = load(tmp_path, f"v{OLDER[-1]}.sql")
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {NEWEST + ahead}")
    connection.close()
    before = content(path, tables_of(path))
    for opened in (open_for_reading, lambda home: open_for_writing(home).__enter__()):
        with pytest.raises(WorkspaceError, match=rf"schema version {NEWEST + ahead}; .* reads up to {NEWEST}; upgrade"):
            opened(tmp_path)
    assert content(path, tables_of(path)) == before
    assert not list(path.parent.glob("vcpi.v*"))


KILLED = """
import os, signal, sys
from pathlib import Path
from vcpi.store import connection, schema
home, after = Path(sys.argv[1]), int(sys.argv[2])
steps, split = [0], schema._statements
class Dying(list):
    def __iter__(self):
        for statement in list.__iter__(self):
            if steps[0] == after:
                os.kill(os.getpid(), signal.SIGKILL)
            steps[0] += 1
            yield statement
schema._statements = lambda script: Dying(split(script))
with connection.open_for_writing(home):
    pass
"""


@pytest.mark.parametrize("after", [0, 1, 4, 9, 20])
def test_a_migration_killed_midway_leaves_the_old_store(tmp_path, after):
    path = load(tmp_path, "v1.sql")
    tables = tables_of(path)
    before = content(path, tables)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(after)], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert version_of(path) == 1
    assert tables_of(path) == tables
    assert content(path, tables) == before
    assert content(path.with_name("vcpi.v1.sqlite"), tables) == before
    with open_for_writing(tmp_path):
        pass
    assert version_of(path) == NEWEST
    assert content(path, tables) == before


def test_a_backup_that_cannot_be_written_stops_the_migration(tmp_path):
    path = load(tmp_path, "v1.sql")
    path.with_name("vcpi.v1.sqlite").mkdir()
    with pytest.raises(
        WorkspaceError, match=r"Cannot copy db/vcpi\.sqlite to db/vcpi\.v1\.sqlite .*nothing was changed"
    ):
        open_for_writing(tmp_path).__enter__()
    assert version_of(path) == 1
    assert not list(path.parent.glob("*.part"))


def test_half_a_backup_of_a_killed_migration_is_replaced(tmp_path):
    path = load(tmp_path, "v2.sql")
    path.with_name("vcpi.v2.sqlite.part").write_bytes(b"half")
    with open_for_writing(tmp_path):
        pass
    assert version_of(path.with_name("vcpi.v2.sqlite")) == 2
    assert not list(path.parent.glob("*.part"))


def test_a_store_of_today_is_not_copied(tmp_path):
    for _ in range(2):
        with open_for_writing(tmp_path):
            pass
    assert [file.name for file in store_path(tmp_path).parent.glob("*.sqlite")] == ["vcpi.sqlite"]
