"""What pairs of a whole dataset are judged by is what ``like`` judges one query by."""

import numpy as np
import pytest

from vcpi.database.calibration import judge_scores, judge_small
from vcpi.database.cliffs import _small_q, _whole_q
from vcpi.database.pairs import asked_of, effect_pairs, members_of, pair_connectivities, structure_pairs
from vcpi.joint import NOT_SURE, SURE, Thresholds


@pytest.fixture
def opened(demo):
    entry = demo._connection.execute("SELECT name FROM dataset").fetchone()
    from vcpi.database.queries import choose_whole

    library = demo._library(choose_whole(demo._connection, entry[0]))
    return library, members_of(demo._connection, library)


@pytest.mark.parametrize("level", [0.01, SURE, NOT_SURE, 1.0])
def test_small_q_are_those_of_all_q(opened, level):
    library, members = opened
    n_found = 0
    for row in range(0, len(members), 7):
        place = int(members.places[row])
        scores = library.index.scores(library.index.vectors[place])
        whole = judge_scores(library, asked_of(library, members, row), scores, tanimotos={}, reverse=False)
        small = judge_small(library, library.null, place, scores, level=level)
        expected = np.flatnonzero(whole.q < level)
        np.testing.assert_array_equal(small.rows, expected)
        np.testing.assert_array_equal(small.q, whole.q[expected])
        np.testing.assert_array_equal(small.p, whole.p[expected])
        n_found += len(expected)
    assert n_found


def test_pairs_alike_in_effect_are_those_that_both_sides_see(opened):
    library, members = opened
    rows = np.flatnonzero(members.acting)
    related = structure_pairs(members, cutoff=0.5)
    pairs, noise = effect_pairs(library, members, rows, related=related, thresholds=Thresholds())
    q, scores = np.full((len(members), len(members)), np.nan), np.zeros((len(members), len(members)))
    for row in rows.tolist():
        values = library.index.scores(library.index.vectors[members.places[row]])
        whole = judge_scores(library, asked_of(library, members, row), values, tanimotos={}, reverse=False)
        q[row], scores[row] = whole.q[members.places], values[members.places]
    worse = np.fmax(q, q.T)
    alike = (q < SURE) & (q.T < SURE) & (scores > 0)
    alike[np.tril_indices(len(members))] = False
    first, second = np.nonzero(alike)
    assert len(first)
    assert (pairs.first.tolist(), pairs.second.tolist()) == (first.tolist(), second.tolist())
    np.testing.assert_allclose(pairs.q, worse[first, second], rtol=1e-3)  # scores in float32 here
    np.testing.assert_allclose(pairs.score, scores[first, second], atol=1e-6)
    assert noise.decides


def test_q_of_pairs_is_known_where_it_is_small_and_one_elsewhere(opened):
    library, members = opened
    related = structure_pairs(members, cutoff=0.3)
    pairs = related.first, related.second
    whole, _ = _whole_q(library, members, *pairs, related=None)
    small = _small_q(library, members, library.null, *pairs)
    known = whole < NOT_SURE
    assert known.any()
    np.testing.assert_allclose(small[known], whole[known], rtol=1e-3)  # blocks of other rows are summed otherwise
    assert (small[~known] == 1.0).all()
    vectors = library.index.vectors.astype(np.float64)[members.places]
    expected = [float(vectors[a] @ vectors[b]) for a, b in zip(*pairs, strict=True)]
    np.testing.assert_allclose(pair_connectivities(library, members, *pairs), expected, atol=1e-6)
