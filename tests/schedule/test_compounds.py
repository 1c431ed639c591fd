"""Compounds built on a cluster: the store is that of a serial build, whoever dies on the way."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from vcpi.assemble import partitions
from vcpi.assemble.libraries import ingest_compounds
from vcpi.assemble.scheduling import Pool, Serial
from vcpi.errors import StructureParseError

N = 600
SETTLED_S = 1.5  # until a worker's nanny knows that it has started; one that ends before is not started again


def smiles(n: int = N) -> list[str]:
    """Different molecules, a broken one and a repeated one among them."""
    chains = ("C" * (1 + at % 9) + "O" * (at % 2) + "CC(=O)N" + "C" * (at // 9) for at in range(n))
    rows = [f"{text}\tcpd-{at}" for at, text in enumerate(chains)]
    rows[n // 3] = "C1CC\tbroken"
    rows[n // 2] = rows[3].replace("cpd-3", "twice")
    return rows


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("library") / "library.smi"
    path.write_text("\n".join(smiles()) + "\n")
    return path


@pytest.fixture(scope="module")
def serial(tmp_path_factory, library, content):
    home = tmp_path_factory.mktemp("serial") / "home"
    ingest_compounds(home, library)
    return content(home)


def test_a_cluster_builds_the_same_store(tmp_path, library, serial, scheduler, content):
    report = ingest_compounds(tmp_path / "spread", library, scheduler=scheduler)
    assert content(tmp_path / "spread") == serial
    assert serial["rejected"][1] == 1
    assert report.counts["rows"] == N


@pytest.mark.parametrize("made", [Serial(), Pool(2)], ids=["serial", "pool"])
def test_other_schedulers_build_the_same_store(tmp_path, library, serial, made, content):
    ingest_compounds(tmp_path / "other", library, scheduler=made)
    assert content(tmp_path / "other") == serial


def test_a_worker_killed_in_the_middle_changes_nothing(tmp_path, library, serial, scheduler, content, pids):  # noqa: PLR0917
    before = set(pids())
    killed = []

    def kill(stage, done, total):
        if done > total // 3 and not killed:
            killed.append(pids()[0])
            os.kill(killed[0], signal.SIGKILL)

    ingest_compounds(tmp_path / "spread", library, scheduler=scheduler, progress=kill)
    assert killed
    assert killed[0] in before
    assert content(tmp_path / "spread") == serial


def deadly(texts):
    """Stand in for RDKit: one molecule ends the process that reads it."""
    if "CCO\u2020" in texts:
        time.sleep(SETTLED_S)
        os.kill(os.getpid(), signal.SIGKILL)
    return partitions.standardize_part(texts)


def alone(texts):
    """Stand in for the way of parts that no worker survives; a part that was beside the deadly one may go it as well."""
    fine = [text for text in texts if "\u2020" not in text]
    found = iter(partitions.standardize_alone(fine))
    return [next(found) if text in fine else StructureParseError("crashed") for text in texts]


def test_a_molecule_that_ends_every_process_costs_itself_alone(scheduler):
    parts = [["CCO"], ["CC", "CCO\u2020", "CCC"], ["CCCC"]]
    first, second, third = scheduler.run(deadly, parts, lost=alone)
    assert (first[0].smiles, third[0].smiles) == ("CCO", "CCCC")
    assert [isinstance(found, StructureParseError) for found in second] == [False, True, False]


def test_the_children_of_a_worker_are_ended_with_the_work():
    before = threading.active_count()
    found = partitions.standardize_part(["CCO", "C1CC"])
    assert (found[0].inchikey, type(found[1])) == ("LFQSCWFLJHTTHZ-UHFFFAOYSA-N", StructureParseError)
    (idle,) = (things for things in partitions._idle.values() if things)
    child = idle[0]._child
    partitions.rest()
    assert not idle
    assert child.poll() is not None
    assert threading.active_count() <= before + 1  # the reader of its pipe ends on its own
