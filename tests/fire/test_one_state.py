"""A question is answered from one state of the store, whenever a writer commits."""

from __future__ import annotations

import threading

import pytest

import vcpi
from vcpi.assemble.libraries import ingest_compounds
from vcpi.database import indexes
from vcpi.errors import ArtifactError
from vcpi.store import read


def add(home, name, smiles):
    """Write a compound into the store."""
    file = home / f"{name}.csv"
    file.write_text(f"name,smiles\n{name},{smiles}\n")
    ingest_compounds(home, file)


@pytest.fixture
def home(tmp_path):
    add(tmp_path, "butane", "CCCC")
    return tmp_path


def writing_once(monkeypatch, module, function, write):
    """Have a writer commit right after the first call of a function that questions are made of."""
    left = [write]
    original = getattr(module, function)

    def called(*args, **named):
        found = original(*args, **named)
        if left:
            left.pop()()
        return found

    monkeypatch.setattr(module, function, called)


@pytest.mark.parametrize(("module", "function"), [(read, "artifact"), (indexes, "sha256_file"), (read, "labels")])
def test_what_is_written_in_the_middle_of_a_question_waits_for_the_next(home, monkeypatch, module, function):
    with vcpi.open(home) as database:
        writing_once(monkeypatch, module, function, lambda: add(home, "propane", "CCC"))
        seen = [{hit.name for hit in database.analogs("CCCCC", k=9).records} for _ in range(2)]
    assert seen[0] in ({"butane"}, {"butane", "propane"})  # of the new state where the index of the old one is gone
    assert seen[1] == {"butane", "propane"}


def test_nothing_stays_locked_after_an_answer_or_an_error(home):
    with vcpi.open(home) as database:
        database.analogs("CCCCC")
        assert not database._connection.in_transaction
        with pytest.raises(vcpi.UnknownCompoundError):
            database.compound("no such name")
        assert not database._connection.in_transaction


def test_a_missing_index_is_told_once_and_not_looked_for_forever(home, monkeypatch):
    for file in (home / "index").glob("fingerprints-*"):
        file.unlink()
    asked = []
    monkeypatch.setattr(
        read, "artifact", lambda *args, _of=read.artifact, **named: asked.append(1) or _of(*args, **named)
    )
    with vcpi.open(home) as database, pytest.raises(ArtifactError, match="vcpi build"):
        database.analogs("CCCCC")
    assert len(asked) <= 3


def test_threads_that_share_a_workspace_get_whole_answers(home):
    """One ends its turn while others read: none may lose the state that it reads."""
    wrong, going = [], threading.Event()
    with vcpi.open(home) as database:

        def ask():
            while not going.is_set():
                try:
                    found = {hit.name for hit in database.analogs("CCCCC", k=99).records}
                except Exception as error:  # noqa: BLE001
                    wrong.append(repr(error))
                    continue
                if found not in versions:
                    wrong.append(repr(found))

        versions = [{"butane", *(f"n{size}" for size in range(5, 5 + n))} for n in range(5)]
        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            for size in range(5, 9):
                add(home, f"n{size}", "C" * (size + 1))
        finally:
            going.set()
            for thread in threads:
                thread.join()
        assert {hit.name for hit in database.analogs("CCCCC", k=99).records} == versions[-1]
    assert wrong == []
