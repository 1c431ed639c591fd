"""A filter of the command line on an engine: what it can be told it is told, and the answer is the embedded one."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.engines.hostile import HostileBackend
from vcpi.database import Database
from vcpi.database import engine as engines
from vcpi.database.engine import Source, parts
from vcpi.database.filters import Filter, filter_signatures
from vcpi.database.indexes import Indexes
from vcpi.database.moving import push_workspace
from vcpi.database.pushdown import conditions_of
from vcpi.engines.conditions import compiled, mask
from vcpi.store import read
from vcpi.store.connection import open_for_reading

NOWHERE = "milvus://127.0.0.1:1?timeout=2"
WORDS = [
    (["--where", "mw<500"], [("molecular_weight", "<=", 500.0)]),
    (["--where", "300<=mw<=600,logp>2"], [("molecular_weight", ">=", 300.0), ("molecular_weight", "<=", 600.0)]),
    (["--cell-line", "thp-1"], [("cell_line", "==", "THP-1")]),
    (["--dose", "1-20"], [("dose_um", ">=", 0.999), ("dose_um", "<=", 20.02)]),
    (["--class", "MTOR allosteric inhibitor"], [("label", "==", "mTOR allosteric inhibitor")]),
    (["--class", "mTOR allosteric inhibitor", "--class", "HDAC inhibitor"], []),
    (["--active"], []),
    (["--where", "rings>=40"], []),
]


class Listening(HostileBackend):
    """Keeps what it was told."""

    def __init__(self):
        super().__init__(seed=9, most=5_000)
        self.told = []

    def top(self, space, query, m, where=()):
        self.told.append((space.name, where))
        return super().top(space, query, m, where)

    def _late(self):
        """A push does not ask twice."""


@pytest.fixture(scope="module")
def listening(demo_home):
    store = Listening()
    push_workspace(demo_home, NOWHERE, store=store)
    return store


@pytest.fixture
def few(monkeypatch):
    """Few candidates at a time, so that more have to be asked for."""
    monkeypatch.setattr(engines, "N_CANDIDATES", 20)


def hits(said):
    """What an answer says of its hits, but for q, which takes what was not looked at for chance."""
    assert said.status == 0, said.err
    found = json.loads(said.out)
    kept = ("rank", "name", "connectivity", "tanimoto", "p_noise")
    return [tuple(one[name] for name in kept) for one in found["hits"]], found["caveats"]


@pytest.fixture
def asked_of(demo_home, listening, few, monkeypatch, vcpi_command):
    """The command line, which answers from the embedded indexes or from the engine that listens."""
    monkeypatch.setattr(engines, "connect", lambda _text: listening)
    listening.told.clear()
    return lambda engine, *words: vcpi_command(demo_home, "--engine", engine, *words)


@pytest.mark.parametrize(("words", "conditions"), WORDS, ids=[" ".join(one) for one, _ in WORDS])
@pytest.mark.parametrize("query", ["everolimus", "vorinostat"])
def test_a_filter_gives_the_hits_of_the_embedded_index(asked_of, listening, words, conditions, query):
    asked = ["like", query, *words, "-k", "15", "-f", "json"]
    own, _ = hits(asked_of("embedded", *asked))
    other, caveats = hits(asked_of(NOWHERE, *asked))
    assert other == own
    for _, where in listening.told:
        assert [(one.field, one.operator) for one in where] == [one[:2] for one in expected(conditions)]
        for found, (_, _, value) in zip(where, expected(conditions), strict=True):
            assert found.value == (pytest.approx(value) if isinstance(value, float) else value)
    assert listening.told
    assert any(one.startswith("answered by hostile") and "the engine was told" in one for one in caveats)


@pytest.mark.parametrize(
    "words", [["--where", "mw<500"], ["--class", "mTOR allosteric inhibitor"], ["--different-scaffold"]]
)
def test_analogs_that_are_filtered_are_those_of_the_embedded_index(asked_of, listening, words):
    for more in (["-k", "5"], ["-k", "200"], ["--cutoff", "0.2", "-k", "50"]):
        asked = ["analogs", "sirolimus", *words, *more, "-f", "json"]
        own = json.loads(asked_of("embedded", *asked).out)
        other = json.loads(asked_of(NOWHERE, *asked).out)
        assert other["hits"] == own["hits"]
        assert all(where or words == ["--different-scaffold"] for _, where in listening.told)


def expected(conditions):
    """What the engine sees of conditions: a bound from above excludes the unknown too."""
    return [more for one in conditions for more in ([one, (one[0], ">=", 0)] if one[1] == "<=" else [one])]


def test_no_more_hits_are_wanted_than_there_are(demo_home, listening, few, monkeypatch, demo):
    monkeypatch.setattr(engines, "connect", lambda _text: listening)
    with Database(demo_home) as database:
        database.use_engine(NOWHERE)
        for options in ({"k": 500}, {"k": 100, "reverse": True}, {"k": 60, "exclude_same_plate": True}):
            own, other = demo.like("everolimus", **options), database.like("everolimus", **options)
            columns = ["rank", "name", "connectivity", "p_noise"]
            assert other.hits[columns].equals(own.hits[columns])


def test_q_takes_what_was_not_looked_at_for_chance(demo_home, listening, few, monkeypatch, demo):
    monkeypatch.setattr(engines, "connect", lambda _text: listening)
    where = Filter(descriptors=("mw<500",))
    with Database(demo_home) as database:
        database.use_engine(NOWHERE)
        for name in ("everolimus", "vorinostat"):
            own, other = demo.like(name, where=where).hits, database.like(name, where=where).hits
            assert (other["q_noise"].astype(float) >= own["q_noise"].astype(float) - 1e-12).all()


@pytest.mark.parametrize(
    "what",
    [
        Filter(cell_line="THP-1", descriptors=("mw<400",)), Filter(dose_um=10.0), Filter(dose_um=(0.0, 0.5)),
        Filter(labels=("mTOR kinase inhibitor",)), Filter(labels=("mTOR allosteric inhibitor",)), Filter(descriptors=("mw!=300", "mw>-5")),
        Filter(descriptors=("tpsa>90", "450<mw<=700")),
    ],
)  # fmt: skip
def test_an_engine_leaves_out_nothing_that_the_filter_leaves_in(demo_home, demo, what):
    connection = open_for_reading(demo_home)
    (part,) = (one for one in parts(connection, Indexes(demo_home, connection)) if one.dataset_id is not None)
    rows = Source(connection, Indexes(demo_home, connection), part).stretch(0, 1 << 40)
    library = demo._library(read.datasets(connection)[0])
    lines = rows.scalars["cell_line"].tolist()
    told = compiled(part.space, conditions_of(connection, what, "signatures", cell_lines=lines))
    kept = filter_signatures(
        connection, library.signatures, library.compound_ids, what, acting=np.ones(len(rows), dtype=bool)
    ).mask
    assert not (kept & ~mask(rows.scalars, told, len(rows))).any()
    connection.close()


def test_what_the_engine_does_not_keep_as_the_class_is_not_told(demo_home):
    connection = open_for_reading(demo_home)
    rows = connection.execute(
        "SELECT value, count(*) FROM annotation WHERE kind IN ('moa', 'target') AND value NOT IN "
        "(SELECT value FROM annotation WHERE kind = 'class') GROUP BY value"
    ).fetchall()
    assert rows
    for value, _ in rows:
        assert conditions_of(connection, Filter(labels=(value,)), "signatures") == ()
    connection.close()


def test_a_real_server_filters_as_the_command_line_says(demo_home, milvus_name, few, vcpi_command):
    assert vcpi_command(demo_home, "push", milvus_name).status == 0
    for words, _ in WORDS:
        asked = ["like", "everolimus", *words, "-k", "15", "-f", "json"]
        own, _ = hits(vcpi_command(demo_home, "--engine", "embedded", *asked))
        other, caveats = hits(vcpi_command(demo_home, "--engine", milvus_name, *asked))
        assert other == own
        assert any(one.startswith("answered by Milvus") for one in caveats)
    for words in (["--where", "mw<500"], ["--class", "mTOR allosteric inhibitor"]):
        asked = ["analogs", "sirolimus", *words, "-f", "json"]
        own = json.loads(vcpi_command(demo_home, "--engine", "embedded", *asked).out)
        assert json.loads(vcpi_command(demo_home, "--engine", milvus_name, *asked).out)["hits"] == own["hits"]
