"""What is left without a direction, against least squares; what several signatures share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.errors import InputError
from vcpi.signature.connectivity import cosine
from vcpi.signature.residual import centroid, without


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_what_is_left_is_orthogonal_and_is_what_least_squares_leaves(seed, k):
    rng = np.random.default_rng(seed)
    vector, directions = rng.standard_normal(30), rng.standard_normal((k, 30)) * 10.0 ** rng.integers(-3, 4)
    left = without(vector, directions)
    fitted, *_ = np.linalg.lstsq(directions.T, vector, rcond=None)
    np.testing.assert_allclose(left, vector - directions.T @ fitted, atol=1e-12)
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    np.testing.assert_allclose(unit @ left, 0.0, atol=1e-13)
    np.testing.assert_allclose(without(left, directions), left, atol=1e-13)


def test_directions_that_depend_on_one_another_or_are_zero_take_out_no_more():
    rng = np.random.default_rng(0)
    vector, one = rng.standard_normal((2, 20))
    once = without(vector, one)
    np.testing.assert_allclose(without(vector, [one, -3 * one, 0 * one]), once, atol=1e-13)
    assert without(vector, np.zeros((0, 20))).tolist() == vector.tolist()
    assert without(vector, 0 * one).tolist() == vector.tolist()


def test_several_signatures_lose_a_direction_as_each_alone():
    rng = np.random.default_rng(1)
    rows, directions = rng.standard_normal((5, 20)), rng.standard_normal((2, 20))
    np.testing.assert_allclose(without(rows, directions), [without(row, directions) for row in rows], atol=1e-14)


def test_a_planted_part_is_found_again_once_stress_is_taken_out():
    rng = np.random.default_rng(2)
    stress, part = rng.standard_normal((2, 500))
    left = without(10 * stress + part, stress)
    assert cosine(left, [part, stress])[0] > 0.99
    assert cosine(10 * stress + part, [part])[0] < 0.2


def test_nothing_is_left_of_a_signature_along_the_direction():
    row = np.random.default_rng(3).standard_normal(40).astype(np.float32)
    assert not without(row, 1.7 * row.astype(np.float64)).any()


def test_a_centroid_of_one_is_that_one_and_strength_does_not_decide():
    rng = np.random.default_rng(4)
    one, other = rng.standard_normal((2, 30))
    assert centroid([one]).tolist() == one.tolist()
    both = centroid([one, 100 * other])
    assert cosine(both, [one])[0] == pytest.approx(cosine(both, [other])[0], abs=1e-12)
    np.testing.assert_allclose(cosine(both, [one / np.linalg.norm(one) + other / np.linalg.norm(other)]), 1.0)


def test_weights_move_the_centroid_and_zero_leaves_out():
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((3, 30))
    assert cosine(centroid(rows, weights=[1, 0, 0]), rows[:1])[0] == pytest.approx(1.0)
    np.testing.assert_allclose(centroid(rows, weights=[2, 2, 2]), centroid(rows), atol=1e-14)
    np.testing.assert_allclose(centroid([*rows, np.zeros(30)]), centroid(rows), atol=1e-14)


@pytest.mark.parametrize(
    ("vector", "directions"), [([1.0, 2.0], [1.0]), ([np.nan], [1.0]), ([1.0], [np.inf]), ([[[1.0]]], [1.0])]
)
def test_what_does_not_fit_is_refused(vector, directions):
    with pytest.raises(InputError, match="expected"):
        without(vector, directions)


@pytest.mark.parametrize(
    ("rows", "weights"),
    [([], None), ([[0.0]], None), ([[np.nan]], None), ([[1.0]], [-1.0]), ([[1.0]], [0.0]), ([[1.0]], [1.0, 2.0])],
)
def test_a_centroid_of_nothing_is_refused(rows, weights):
    with pytest.raises(InputError, match=r"expected|take others"):
        centroid(rows, weights=weights)
