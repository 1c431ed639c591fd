"""A store that a person changed with another program: refused, named, and kept when they say so."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

import vcpi
from vcpi.assemble.accepting import accept_edit
from vcpi.assemble.libraries import ingest_compounds
from vcpi.errors import ArtifactError, UnknownCompoundError, WorkspaceError


@pytest.fixture
def home(tmp_path):
    (tmp_path / "c.csv").write_text("name,smiles\nbutanne,CCCC\npropane,CCC\n")
    ingest_compounds(tmp_path, tmp_path / "c.csv")
    return tmp_path


def edit(home, *statements):
    with closing(sqlite3.connect(home / "db" / "vcpi.sqlite")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def mend_name(home):
    edit(
        home,
        "UPDATE compound SET name = 'Butane' WHERE name = 'butanne'",
        "UPDATE name SET name = 'Butane' WHERE name = 'butanne'",
    )


def command(home, *words):
    return subprocess.run(
        [sys.executable, "-m", "vcpi", "--home", str(home), *words], capture_output=True, text=True, check=False
    )


def test_an_edit_is_refused_with_the_way_out_and_its_tables(home):
    mend_name(home)
    with vcpi.open(home) as database:
        with pytest.raises(ArtifactError, match="build --accept-edit"):
            database.compound("propane")
        (row,) = [row for row in database.verify(deep=True) if row["part"] == "store"]
    assert row["detail"].endswith("; tables that differ: compound, name")


def test_an_edit_that_is_meant_is_kept_with_a_copy_of_the_store_as_it_was_found(home):
    mend_name(home)
    done = command(home, "build", "--accept-edit")
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1), done.stderr
    assert (
        "compound, name; as it was found it is kept as db/vcpi.edited.sqlite; 1 names are found by new keys"
        in done.stderr
    )
    with vcpi.open(home) as database:
        assert database.compound("butane").name == "Butane"
        with pytest.raises(UnknownCompoundError):
            database.compound("butanne")
        assert {row["state"] for row in database.verify(deep=True)} == {"ok"}
        assert [row["source"] for row in database.table("ingests")][1:] == ["compound, name"]
    with closing(sqlite3.connect(home / "db" / "vcpi.edited.sqlite")) as copy:
        assert copy.execute("SELECT name, key FROM name WHERE name = 'Butane'").fetchall() == [("Butane", "butanne")]
        assert copy.execute("SELECT count(*) FROM ingest").fetchone() == (1,)


def test_a_store_that_nobody_changed_is_only_sealed(home):
    with closing(sqlite3.connect(home / "db" / "vcpi.sqlite")) as connection:
        connection.execute("VACUUM")
    with vcpi.open(home) as database, pytest.raises(ArtifactError, match="not as vcpi left it"):
        database.compound("propane")
    assert "there is no edit to accept" in str(accept_edit(home))
    with vcpi.open(home) as database:
        assert database.compound("propane").name == "propane"
    assert not list(home.glob("db/*.edited.*"))


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM compound WHERE name = 'propane'", "rows refer to rows that are gone"),
        ("PRAGMA application_id = 7", "another program"),
        ("PRAGMA user_version = 999", "upgrade vcpi-search"),
    ],
)
def test_what_is_no_edit_is_not_accepted(home, statement, message):
    edit(home, statement)
    before = (home / "db" / "vcpi.sqlite").read_bytes()
    with pytest.raises((ArtifactError, WorkspaceError), match=message):
        accept_edit(home)
    assert (home / "db" / "vcpi.sqlite").read_bytes() == before


def test_changed_vectors_are_not_accepted(home):
    genes = [f"ENSG{number:011d}" for number in range(1, 121)]
    rows = [
        ",".join([name, *(f"{(place * 7 + shift) % 13 - 6}" for place in range(120))])
        for shift, name in enumerate("abc")
    ]
    (home / "t.csv").write_text("\n".join([",".join(["signature_id", *genes]), *rows]) + "\n")
    assert command(home, "ingest", "signatures", str(home / "t.csv")).returncode == 0
    edit(home, "UPDATE vector SET bytes = zeroblob(length(bytes)) WHERE signature_id = 1", "DELETE FROM annotation")
    edit(home, "UPDATE compound SET formula = 'C99' WHERE name = 'propane'")
    with pytest.raises(ArtifactError, match="not those that were ingested"):
        accept_edit(home)


def test_nothing_is_accepted_where_there_is_no_workspace(tmp_path):
    with pytest.raises(WorkspaceError, match="No workspace"):
        accept_edit(tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_unsealed_store_is_compared_with_the_digest_of_its_rows_before_it_answers(home):
    (home / "db" / "vcpi.sqlite.seal").unlink()
    with vcpi.open(home) as database:
        assert database.compound("propane").name == "propane"
    edit(home, "UPDATE compound SET name = 'propene' WHERE name = 'propane'")
    with vcpi.open(home) as database, pytest.raises(ArtifactError, match=r"not those of their digest \(compound\)"):
        database.compound("propane")
