"""All against all in blocks, against NumPy's brute force."""

import numpy as np
import pytest

from vcpi.all_pairs import BLOCK_ROWS, all_neighbours, nearest, score_blocks
from vcpi.errors import InputError


def unit(n, d=7, *, seed=0):
    rows = np.random.default_rng(seed).integers(-2, 3, (n, d)).astype(np.float32)  # many ties
    rows[~rows.any(axis=1)] = 1.0
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def brute(scores, own, k):
    ids = np.full((len(scores), k), -1)
    for row, values in enumerate(scores):
        order = sorted((-value, other) for other, value in enumerate(values.tolist()) if own[other] != own[row])[:k]
        ids[row, : len(order)] = [other for _, other in order]
    return ids


@pytest.mark.parametrize("n", [3, BLOCK_ROWS, BLOCK_ROWS + 1])
@pytest.mark.parametrize("k", [1, 4, 300])
def test_neighbours_are_those_of_the_whole_matrix(n, k):
    rows = unit(n)
    own = np.random.default_rng(1).integers(0, n, n)
    found, scores = all_neighbours(rows, k=k, groups=own)
    whole = np.vstack([block for _, block in score_blocks(rows)])
    np.testing.assert_allclose(whole, rows.astype(np.float64) @ rows.T.astype(np.float64), atol=1e-6)
    np.testing.assert_array_equal(found, brute(whole, own, k))
    there = found >= 0
    np.testing.assert_array_equal(scores[there], np.take_along_axis(whole, np.maximum(found, 0), axis=1)[there])
    assert np.isnan(scores[~there]).all()


def test_some_rows_ask_as_if_all_did():
    rows, some = unit(600, seed=2), np.array([599, 3, 3, 400])
    whole = all_neighbours(rows, k=5)
    for found, expected in zip(all_neighbours(rows, k=5, rows=some), whole, strict=True):
        np.testing.assert_allclose(found, expected[some], atol=1e-6)


def test_no_block_is_larger_than_asked_for():
    assert {block.shape for _, block in score_blocks(unit(30), size=7)} == {(7, 30), (2, 30)}


def test_rows_without_candidates_have_no_neighbours():
    assert nearest(np.zeros((1, 2), dtype=np.float32), np.ones((1, 2), dtype=bool), k=1).tolist() == [[-1]]


def test_wrong_shapes_are_refused():
    with pytest.raises(InputError, match="k is 0"):
        all_neighbours(unit(3), k=0)
    with pytest.raises(InputError, match="groups"):
        all_neighbours(unit(3), k=1, groups=[1, 2])
