"""Scores by columns in C against the scores block by block, and those against their formulas in test_scores."""

from __future__ import annotations

import numpy as np
import pytest

from vcpi import kernels
from vcpi.errors import InputError
from vcpi.signature.columns import Columns
from vcpi.signature.connectivity import rank_matrix, score, signed_list
from vcpi.signature.stretches import in_stretches

needs_c = pytest.mark.skipif(kernels.native() is None, reason="the C library was not built here")
WAYS = ["plain", "avx2", "avx512"]


def screen(seed, *, n_rows=70, n_genes=211, tied=False):
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n_rows, n_genes)).astype(np.float32) * rng.lognormal(0, 1, (n_rows, 1))
    rows = np.round(rows).astype(np.float32) if tied else rows.astype(np.float32)
    rows[3] = 0.0
    rows[4] = -0.0
    return rng, rows


def questions(rng, n_genes):
    """Lists of every shape, and a whole signature."""
    genes = rng.permutation(n_genes).tolist()
    for n_up, n_down in ((1, 0), (0, 1), (2, 3), (17, 16), (50, 0), (0, 33), (64, 129)):
        yield signed_list(n_genes, up=genes[:n_up], down=genes[n_up : n_up + n_down])
    yield rng.standard_normal(n_genes)


@needs_c
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("method", ["wtcs", "zhang", "xsum"])
def test_columns_give_the_scores_of_the_blocks_to_the_last_bit(monkeypatch, method, tied, way):
    monkeypatch.setenv("VCPI_KERNELS", way)
    rng, rows = screen(1, tied=tied)
    columns = Columns(rows)
    for query in questions(rng, rows.shape[1]):
        expected = score(method, query, rows)
        for _ in range(3):  # its own columns first, then those of all genes
            assert score(method, query, rows, columns=columns).tolist() == expected.tolist()


@needs_c
@pytest.mark.parametrize("method", ["wtcs", "zhang", "xsum"])
def test_lists_without_sides_too(method):
    rng, rows = screen(2, tied=True)
    columns = Columns(rows)
    query = np.abs(signed_list(rows.shape[1], up=rng.permutation(rows.shape[1])[:20].tolist()))
    expected = score(method, query, rows, unsigned=True)
    for _ in range(2):
        assert score(method, query, rows, unsigned=True, columns=columns).tolist() == expected.tolist()


@needs_c
@pytest.mark.parametrize("shape", [(1, 3), (15, 16), (300, 7000), (1030, 40)])
def test_the_places_are_those_of_a_stable_sort(shape):
    rows = np.round(np.random.default_rng(3).standard_normal(shape) * 20).astype(np.float32)
    columns = Columns(rows)
    genes = np.arange(shape[1])
    for _ in range(2):
        places, which = columns._columns(0, genes)
        np.testing.assert_array_equal(places[which].T, rank_matrix(rows))


@needs_c
def test_the_answer_is_the_same_in_stretches_and_for_many_rows():
    rng, rows = screen(4, n_rows=5000, n_genes=120)
    query = signed_list(120, up=rng.permutation(120)[:40].tolist())
    for method in ("wtcs", "zhang", "xsum", "cosine"):
        expected = score(method, query, rows, threads=1)
        columns = Columns(rows)
        for threads in (1, 3):
            assert score(method, query, rows, columns=columns, threads=threads).tolist() == expected.tolist()


@needs_c
def test_columns_of_other_references_are_not_used():
    _, rows = screen(5)
    query = signed_list(rows.shape[1], up=[1, 2, 3], down=[7, 8])
    other = rows[::-1].copy()
    assert score("wtcs", query, other, columns=Columns(rows)).tolist() == score("wtcs", query, other).tolist()


@needs_c
def test_what_columns_are_not_made_of(monkeypatch):
    _, rows = screen(6)
    assert Columns.possible(rows)
    for bad in (rows.astype(np.float64), np.asfortranarray(rows), rows[:0], rows[:, :1].copy()):
        assert not Columns.possible(bad)
    rows[9, 9] = np.nan
    with pytest.raises(InputError, match="NaN or infinity"):
        Columns(rows)
    monkeypatch.setenv("VCPI_KERNELS", "numpy")
    assert not Columns.possible(rows)


@needs_c
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("n_genes", [1, 2, 15, 16, 17, 978])
def test_cosines_are_those_of_numpy_to_the_last_bit(monkeypatch, n_genes, way):
    rng = np.random.default_rng(n_genes)
    rows = rng.standard_t(3, (40, n_genes)).astype(np.float32)
    rows[5] = 0
    query = rng.standard_normal(n_genes)
    monkeypatch.setenv("VCPI_KERNELS", "numpy")
    expected = score("cosine", query, rows)
    monkeypatch.setenv("VCPI_KERNELS", way)
    found = score("cosine", query, rows)
    assert found.tolist() == expected.tolist()
    assert score("cosine", query, rows.astype(np.float64)).tolist() == expected.tolist()
    wide = rows.astype(np.float64)
    norms = np.linalg.norm(wide, axis=1) * np.linalg.norm(query)
    exact = np.divide(wide @ query, norms, out=np.zeros(40), where=norms > 0)
    np.testing.assert_allclose(found, exact, atol=1e-14)


@pytest.mark.parametrize("way", ["best", "numpy"])
def test_a_value_that_is_no_number_is_refused_either_way(monkeypatch, way):
    monkeypatch.setenv("VCPI_KERNELS", way)
    rows = np.ones((3, 4), dtype=np.float32)
    rows[2, 1] = np.inf
    with pytest.raises(InputError, match="NaN or infinity"):
        score("cosine", [1.0, 2.0, 3.0, 4.0], rows)


@pytest.mark.parametrize(("n_rows", "threads"), [(0, 3), (1, 3), (2048, 2), (10_001, 4)])
def test_stretches_are_all_rows_once(n_rows, threads):
    seen = []
    in_stretches(lambda first, last: seen.append((first, last)), n_rows, cost=10_000, threads=threads)
    assert [row for first, last in sorted(seen) for row in range(first, last)] == list(range(n_rows))
    assert len(seen) <= threads
