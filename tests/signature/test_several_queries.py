"""Several queries against some rows at once, and what is worked out of a few rows instead of all."""

import numpy as np
import pytest

from vcpi.errors import InputError
from vcpi.kernels import rows as kernel
from vcpi.signature.calibration import p_specific
from vcpi.signature.columns import Columns
from vcpi.signature.connectivity import score, shared_genes
from vcpi.signature.nullmodel import _drawn_scales, _drawn_times, _scales, resampled_columns
from vcpi.signature.scores.vectors import cosine, cosines_at

WAYS = ["plain", "avx2", "avx512", "numpy"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("n_queries", [1, 3, 4, 9])
@pytest.mark.parametrize("n_genes", [1, 15, 16, 33, 70])
def test_several_queries_score_as_each_alone(monkeypatch, n_genes, n_queries, way):
    monkeypatch.setenv("VCPI_KERNELS", way)
    rng = np.random.default_rng(n_genes + n_queries)
    reference = rng.standard_normal((41, n_genes)).astype(np.float32)
    queries = rng.standard_normal((n_queries, n_genes))
    queries[0] = 0.0
    rows = rng.permutation(41)[:17]
    wide = reference[rows].astype(np.float64)
    with np.errstate(invalid="ignore"):
        expected = (wide @ queries.T) / np.linalg.norm(wide, axis=1)[:, None] / np.linalg.norm(queries, axis=1)
    expected[:, 0] = 0.0
    found = cosines_at(queries, reference, rows)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    for number, query in enumerate(queries):  # to the last bit, whichever processor it is
        np.testing.assert_array_equal(found[:, number], cosine(query, reference)[rows])
    if kernel.at_hand():
        columns = Columns(reference)
        score("cosine", queries[-1], reference, columns=columns)
        np.testing.assert_allclose(columns.squares, (reference.astype(np.float64) ** 2).sum(axis=1), rtol=1e-12)
        np.testing.assert_array_equal(cosines_at(queries, reference, rows, squares=columns.squares), found)
        np.testing.assert_array_equal(score("cosine", queries[-1], reference, columns=columns)[rows], found[:, -1])


def test_values_that_are_no_numbers_are_refused():
    reference = np.array([[1.0, np.nan], [1.0, 2.0]], dtype=np.float32)
    with pytest.raises(InputError, match="reference signature holds NaN"):
        cosines_at([[1.0, 1.0]], reference, np.array([0, 1]))
    with pytest.raises(InputError, match="Query holds NaN"):
        cosines_at([[np.inf, 1.0]], reference, np.array([1]))


@pytest.mark.parametrize("n_matched", [1, 5, 40, 300])
def test_specific_p_is_that_of_a_sort_of_the_whole_background(n_matched):
    rng = np.random.default_rng(n_matched)
    background, strengths = rng.normal(size=200).round(1), np.exp(rng.integers(0, 12, 200) / 4)  # many ties
    own = np.concatenate([rng.permutation(200)[:30], [-1, -1]])
    scores, strength = rng.normal(size=32).round(1), np.exp(rng.integers(-2, 14, 32) / 4)
    expected = []
    for given, level, place in zip(scores, strength, own, strict=True):
        left = np.delete(np.arange(200), place) if place >= 0 else np.arange(200)
        near = left[np.argsort(np.abs(np.log(strengths[left]) - np.log(level)), kind="stable")[:n_matched]]
        expected.append((1 + (background[near] >= given).sum()) / (1 + len(near)))
    found = p_specific(
        scores, background=background, background_strength=strengths, strength=strength, n_matched=n_matched, own=own
    )
    np.testing.assert_array_equal(found, expected)


def test_shared_genes_are_those_of_a_whole_sort_however_many_have_no_symbol():
    rng = np.random.default_rng(4)
    query, reference = rng.integers(-3, 4, 900).astype(float), rng.integers(-3, 4, 900).astype(float)
    for share in (0.0, 0.5, 0.99, 1.0):
        symbols = [None if rng.random() < share else f"G{gene}" for gene in range(900)]
        order = sorted(range(900), key=lambda gene: (-query[gene] * reference[gene], gene))
        gains = query * reference
        expected = [symbols[gene] for gene in order if gains[gene] > 0 and symbols[gene]]
        assert shared_genes(query, reference, symbols) == tuple(expected[:10])
        assert shared_genes(query, reference, symbols, n=1000) == tuple(expected)


def test_drawn_scales_are_those_of_the_null_scores_repeated():
    rng = np.random.default_rng(5)
    plates = [None if place % 9 == 0 else f"p{place % 7}" for place in range(210)]
    scores, same = rng.normal(size=210), np.array([plate == "p3" for plate in plates])
    left_out = rng.random(210) < 0.1
    times = _drawn_times(tuple(plates), 40) * ~left_out
    location, scale = _drawn_scales(scores, same, times, center=0.05, ratio=1.2)
    for draw, columns in enumerate(resampled_columns(plates)):
        kept = columns[~left_out[columns]]
        no = np.zeros((1, len(kept)), dtype=bool)
        expected = _scales(scores[kept][None], same[kept][None], no, center=0.05, ratio=1.2)
        np.testing.assert_allclose(location[draw], expected[0][0], rtol=1e-9)
        np.testing.assert_allclose(scale[draw], expected[1][0], rtol=1e-9)
