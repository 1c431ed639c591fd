"""One suite for every engine: what it answers is what a slow judge answers, in ids and in scores."""

from __future__ import annotations

import os

import numpy as np
import pytest

from tests.engines.hostile import HostileBackend
from tests.engines.rows import filled, made_rows, passes, true_order, true_scores
from vcpi.engines.candidates import Searcher, merged
from vcpi.engines.conditions import Condition
from vcpi.engines.embedded import EmbeddedBackend
from vcpi.errors import InputError

KS = (1, 10, 50, 500)
N_ROWS = 700
N_QUERIES = int(os.environ.get("VCPI_CONFORMANCE", "42"))  # times 4 k, 3 filters and 2 kinds: 1,008 questions
NONE = ()
SOME = {
    "fingerprints": (Condition("dataset", "==", "set-1"), Condition("popcount", "<=", 60)),
    "signatures": (Condition("cell_line", "==", "A549"), Condition("dose_um", "<=", 1.0)),
}
EMPTY = (Condition("label", "==", "nobody is called this"),)


@pytest.fixture(scope="module", params=["embedded", "hostile", "milvus"])
def engine(request):
    """Each engine that there is here."""
    if request.param == "embedded":
        return EmbeddedBackend()
    if request.param == "hostile":
        return HostileBackend()
    return request.getfixturevalue("milvus_backend")


@pytest.fixture(scope="module", params=["fingerprints", "signatures"])
def held(request, engine):
    """An engine with rows of one kind, and the rows."""
    space, rows = made_rows(request.param, N_ROWS, name=f"conformance_{request.param}")
    filled(engine, space, rows)
    return Searcher(engine, space, tries=8), space, rows


def queries(space, rows):
    """Rows themselves, rows bent a little, and what is like nothing."""
    rng = np.random.default_rng(5)
    chosen = rows.vectors[rng.integers(0, len(rows), N_QUERIES)].copy()
    if space.kind == "fingerprints":
        chosen[1::3, rng.integers(0, 256, 4)] ^= 17
        chosen[0] = 0
        chosen[2] = 255
        return list(chosen)
    bent = chosen.astype(np.float64) * 3.0
    bent[1::3] += rng.normal(size=bent[1::3].shape)
    bent[2] = -bent[2]
    return list(bent)


@pytest.mark.parametrize("which", ["none", "some", "empty"])
def test_every_engine_answers_what_a_slow_judge_answers(held, which):
    searcher, space, rows = held
    where = {"none": NONE, "some": SOME[space.kind], "empty": EMPTY}[which]
    kept = passes(rows, where)
    for query in queries(space, rows):
        truth = true_scores(space, rows, query)
        expected = true_order(truth, kept)
        for k in KS:
            found = searcher.top(query, k=k, where=where)
            assert found.ids.tolist() == expected[:k]
            np.testing.assert_allclose(found.scores, [truth[one] for one in expected[:k]], rtol=0, atol=1e-12)
            assert found.exact


def test_all_from_a_score_are_what_a_slow_judge_finds(held):
    searcher, space, rows = held
    for query in queries(space, rows)[:10]:
        truth = true_scores(space, rows, query)
        for least in (0.2, 0.5, 0.9):
            kept = np.array([one >= least for one in truth]) & passes(rows, SOME[space.kind])
            found = searcher.within(query, least=least, where=SOME[space.kind])
            assert found.ids.tolist() == true_order(truth, kept)


def test_more_than_there_are_gives_all(held):
    searcher, _, rows = held
    found = searcher.top(rows.vectors[5], k=10 * N_ROWS)
    assert sorted(found.ids.tolist()) == list(range(N_ROWS))


def test_rows_come_back_as_they_went(held):
    searcher, _, rows = held
    wanted = np.array([600, 3, 77])
    found = searcher.rows(wanted)
    np.testing.assert_array_equal(found.vectors, rows.vectors[wanted])
    for name, values in rows.scalars.items():
        assert found.scalars[name].tolist() == values[wanted].tolist()


def test_a_query_without_a_direction_is_refused(held):
    searcher, space, rows = held
    if space.kind == "signatures":
        with pytest.raises(InputError, match="expected an effect"):
            searcher.top(np.zeros(space.width), k=3)
    with pytest.raises(InputError, match="expected 1 or more"):
        searcher.top(rows.vectors[0], k=0)
    with pytest.raises(InputError, match="to filter by"):
        searcher.top(rows.vectors[0], k=1, where=(Condition("colour", "==", "red"),))


@pytest.mark.parametrize("kind", ["fingerprints", "signatures"])
def test_three_shards_give_the_unsplit_answer(kind):
    space, rows = made_rows(kind, N_ROWS)
    shards = [
        Searcher(filled(backend, space, rows, shard=slice(start, None, 3)), space, tries=8)
        for start, backend in enumerate([EmbeddedBackend(), HostileBackend(), EmbeddedBackend()])
    ]
    for query in queries(space, rows):
        expected = true_order(true_scores(space, rows, query), np.ones(N_ROWS, dtype=bool))
        for k in KS:
            found = merged([one.top(query, k=k) for one in shards], k=k)
            assert found.ids.tolist() == expected[:k]
            assert found.exact


def test_what_is_hostile_was_hostile():
    backend = HostileBackend(seed=3)
    space, rows = made_rows("fingerprints", 300)
    searcher = Searcher(filled(backend, space, rows), space, tries=8)
    for row in range(60):
        searcher.top(rows.vectors[row], k=20)
    assert backend.n_timeouts > 3
