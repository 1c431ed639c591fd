"""The packed signatures against the records that the store holds, and against a store that changes."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vcpi
from vcpi.assemble.rebuild import rebuild
from vcpi.errors import ArtifactError
from vcpi.packed import Packed
from vcpi.records import Signature, Treatment
from vcpi.store import columns, read
from vcpi.store.connection import open_for_writing

NUMBER = st.none() | st.floats(allow_nan=False)
TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
WORDS = st.lists(TEXT, max_size=3).map(tuple)
SIGNATURE = st.builds(
    Signature,
    signature_id=st.integers(1, 10**12),
    dataset=st.just("screen"),
    treatment=st.builds(
        Treatment, compound_id=st.integers(1, 10**12), dose_um=NUMBER, time_h=NUMBER, cell_line=st.none() | TEXT
    ),
    n_replicates=st.none() | st.integers(0, 10**6),
    plates=WORDS,
    strength=NUMBER,
    active=st.none() | st.booleans(),
    vector_digest=st.text("0123456789abcdef", max_size=64),
    flags=WORDS,
    stress=NUMBER,
    rna_output=NUMBER,
    replicate_p=NUMBER,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(SIGNATURE, max_size=8))
def test_records_come_back_from_their_columns(signatures):
    arrays, texts = columns._signature_columns(signatures)
    made = columns.SignatureColumns(Packed(arrays=arrays, texts=texts), dataset="screen")
    assert [made[row] for row in range(len(made))] == signatures
    assert made[1:] == signatures[1:]
    assert list(made) == signatures
    assert made[::-1] == signatures[::-1]
    own, numbers, several = made.plate_codes()
    assert [row for row, one in enumerate(signatures) if len(one.plates) > 1] == list(several)
    single = {row: one.plates[0] for row, one in enumerate(signatures) if len(one.plates) == 1}
    assert {row: numbers[plate] for row, plate in single.items()} == {
        row: code for row, code in enumerate(own.tolist()) if code >= 0
    }
    for one in signatures:
        same = [row for row, other in enumerate(signatures) if other.vector_digest == one.vector_digest]
        (code,) = made.codes_of([one.vector_digest])
        assert [row for row, other in enumerate(made.vector_codes.tolist()) if other == code] == same
    assert made.codes_of(["no such digest"]) == []
    assert made.replicates.tolist() == [one.n_replicates for one in signatures if one.n_replicates is not None]
    assert made.strengths.tolist() == [one.strength or 0.0 for one in signatures]


@pytest.fixture
def home(demo_home, tmp_path):
    """A copy of the demonstration, to be written to."""
    for part in ("db", "index"):
        shutil.copytree(demo_home / part, tmp_path / "workspace" / part)
    return tmp_path / "workspace"


def answers(home):
    """What several questions about signatures answer."""
    with vcpi.open(home) as database:
        genes = [row["gene_id"] for row in database.signature("everolimus")]
        return [
            database.like("everolimus", k=30).to_dict(),
            database.like("tacrolimus", method="wtcs").to_dict(),
            database.like(["sirolimus", "everolimus"], exclude_same_plate=True).to_dict(),
            database.query(up=genes[:40], down=genes[60:90]).to_dict(),
            database.explain("everolimus", "sirolimus").to_dict(),
            database.hops().to_dict(),
        ]


def catalogue(home):
    """The file of the catalogue."""
    (path,) = (home / "index").glob("catalogue-*")
    return path


def test_a_question_parses_no_rows_of_signatures(home, monkeypatch):
    monkeypatch.setattr(read, "signatures", lambda *_: pytest.fail("the rows of all signatures were read"))
    monkeypatch.setattr(read, "null_profiles", lambda *_: pytest.fail("the profiles of noise were read"))
    with vcpi.open(home) as database:
        assert database.like("everolimus").records


def test_a_workspace_without_a_catalogue_answers_the_same_and_a_build_makes_it(home):
    whole, path = answers(home), catalogue(home)
    content = path.read_bytes()
    with open_for_writing(home) as database:
        database.execute("DELETE FROM artifact WHERE kind = 'catalogue'")
    path.unlink()
    assert answers(home) == whole
    with vcpi.open(home) as database:
        assert {row["state"] for row in database.verify(deep=True)} == {"ok"}
    rebuild(home)
    assert catalogue(home).read_bytes() == content
    assert answers(home) == whole


def test_a_catalogue_of_other_rows_is_not_used(home):
    with vcpi.open(home) as database:
        hit = next(one for one in database.like("everolimus").records if one.name == "sirolimus")
    with open_for_writing(home) as database:
        database.execute("UPDATE signature SET strength = 0.987 WHERE signature_id = ?", [hit.signature_id])
    with vcpi.open(home) as database:
        found = next(one for one in database.like("everolimus").records if one.name == "sirolimus")
        assert found == replace(hit, strength=0.987, p_specific=found.p_specific, tau=found.tau, flags=found.flags)
        told = {row["part"]: row for row in database.verify(deep=True)}
    row = told[f"index/{catalogue(home).name}"]
    assert row["state"] == "damaged"
    assert "other rows than the store holds; run 'vcpi build'" in row["detail"]
    rebuild(home)
    with vcpi.open(home) as database:
        assert {row["state"] for row in database.verify(deep=True)} == {"ok"}
        again = next(one for one in database.like("everolimus").records if one.name == "sirolimus")
    assert again == found


@pytest.mark.parametrize("at", [30, -100])
def test_a_damaged_catalogue_is_refused_and_a_build_mends_it(home, at):
    path, whole = catalogue(home), answers(home)
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(content)
    with vcpi.open(home) as database:
        with pytest.raises(ArtifactError, match=f"{path.name} is damaged"):
            database.like("everolimus")
        assert database.analogs("everolimus").records
        states = {row["part"]: row["state"] for row in database.verify()}
    assert {part for part, state in states.items() if state != "ok"} == {f"index/{path.name}"}
    rebuild(home)
    assert answers(home) == whole


def test_a_missing_catalogue_is_told_and_a_build_mends_it(home):
    path = catalogue(home)
    path.unlink()
    with vcpi.open(home) as database, pytest.raises(ArtifactError, match=f"{path.name} is missing; run 'vcpi build'"):
        database.like("everolimus")
    rebuild(home)
    assert catalogue(home) == path
    with vcpi.open(home) as database:
        assert {"kind": "catalogue", "file": path.name, "n_rows": 243, "recall": None} in database.status()["indexes"]
        assert database.like("everolimus").records
