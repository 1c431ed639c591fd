"""Rows in one byte a value: the bound holds for every row, and the answers are those of a full float64 scan."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcpi import kernels
from vcpi.kernels import rows as kernel
from vcpi.signature import search
from vcpi.signature.int8 import CodedRows
from vcpi.signature.search import SignatureIndex

pytestmark = pytest.mark.skipif(kernels.native() is None, reason="the C library was not built here")
WAYS = ["plain", "avx2", "avx512"]


def unit(vector):
    return vector / math.sqrt(math.fsum((vector * vector).tolist()))


def best(rows, query, k):
    """The k best by float64 cosine, by score and row."""
    wide = rows.astype(np.float64)
    scores = (wide * query).sum(axis=1) / np.sqrt((wide * wide).sum(axis=1))
    return np.lexsort((np.arange(len(rows)), -scores))[:k]


def screen(seed, *, n_rows=900, n_genes=130):
    """Low rank and noise, some rows all but equal, some with one value far from the others, none of length 1."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_t(3, (n_rows, 6)) @ rng.standard_normal((6, n_genes)) + rng.standard_normal((n_rows, n_genes))
    rows[10:40] = rows[9] + 1e-5 * rng.standard_normal((30, n_genes))
    rows[50:60, 3] = 1e4
    rows[70] = 0
    rows[70, 5] = 1
    return rng, (rows * rng.lognormal(0, 2, (n_rows, 1))).astype(np.float32)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("n_genes", [1, 5, 63, 64, 65, 130, 978])
def test_no_row_of_the_best_is_missed_and_few_others_are_kept(monkeypatch, n_genes, way):
    monkeypatch.setenv("VCPI_KERNELS", way)
    rng, rows = screen(n_genes, n_genes=max(n_genes, 6))
    rows = rows[:, :n_genes].copy() + np.float32(0.01)
    coded = CodedRows(rows)
    for k in (1, 10, 899, 900):
        for query in (rows[9].astype(np.float64), rows[55].astype(np.float64), rng.standard_normal(n_genes)):
            found = coded.reach(unit(query), k=k)
            assert (np.diff(found) > 0).all()
            assert set(best(rows, query, k).tolist()) <= set(found.tolist())
    if n_genes == 978:
        assert len(coded.reach(unit(rng.standard_normal(978)), k=10)) < 300


@given(st.integers(0, 2**32 - 1), st.floats(-12, 12), st.sampled_from([1.0, 0.01, 0.0]))
@settings(max_examples=60, deadline=None)
def test_the_bound_holds_for_every_row(seed, power, share):
    """Codes and steps against exact sums: any values, sparse or dense, large or small."""
    rng = np.random.default_rng(seed)
    rows = (rng.standard_t(2, (12, 40)) * np.where(rng.random((12, 40)) < share, 1, 1e-3) * 10.0**power).astype(
        np.float32
    )
    rows[np.abs(rows).max(axis=1) == 0] = 1
    coded = CodedRows(rows)
    query = unit(rng.standard_t(2, 40))
    whole = np.rint(query / (np.abs(query).max() / kernel.MOST))
    written = whole * (np.abs(query).max() / kernel.MOST)
    rest = math.sqrt(math.fsum(((query - written) ** 2).tolist()))
    codes = coded._codes[: 12 * 40].reshape(12, 40).astype(int) - 128
    for row in range(12):
        exact = math.fsum((rows[row].astype(float) * query).tolist()) / math.sqrt(
            math.fsum((rows[row].astype(float) ** 2).tolist())
        )
        told = float(coded._steps[row]) * math.fsum((codes[row] * written).tolist())
        assert abs(exact - told) <= float(coded.bounds[row]) * (1 + 1e-6) * (1 + rest) + rest + 1e-6
        assert coded.bounds[row] < 0.5


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("k", [1, 12, 60, 900])
def test_the_index_answers_as_before_once_its_rows_are_coded(monkeypatch, k, reverse):
    monkeypatch.setattr(search, "LEAST_CODED", 0)
    monkeypatch.setattr(search, "PATIENCE", 1)
    rng, rows = screen(3)
    index = SignatureIndex(np.arange(900) * 2, rows)
    questions = [rows[9], rows[200], rows[57], rng.standard_normal(130)]
    for query in questions:
        index._coded = None
        index._asked = 0
        plain = index.top(query, k=k, exclude={18, 20, 400, 7}, reverse=reverse)
        assert index._coded is None
        coded = index.top(query, k=k, exclude={18, 20, 400, 7}, reverse=reverse)
        assert index._coded is not None
        for before, after in zip(plain, coded, strict=True):
            assert before.tolist() == after.tolist()


def test_ties_and_duplicates_come_in_the_order_of_their_ids(monkeypatch):
    monkeypatch.setattr(search, "LEAST_CODED", 0)
    monkeypatch.setattr(search, "PATIENCE", 0)
    rows = np.tile(np.random.default_rng(0).standard_normal((3, 50)).astype(np.float32), (200, 1))
    index = SignatureIndex(np.arange(600), rows)
    found, scores = index.top(rows[1], k=250)
    assert index._coded is not None
    assert found[:200].tolist() == list(range(1, 600, 3))
    assert len(set(scores[:200].tolist())) == 1


def test_without_the_library_faiss_answers(monkeypatch):
    monkeypatch.setattr(search, "LEAST_CODED", 0)
    monkeypatch.setattr(search, "PATIENCE", 0)
    _, rows = screen(4)
    index = SignatureIndex(np.arange(900), rows)
    first = index.top(rows[5], k=20)
    monkeypatch.setenv("VCPI_KERNELS", "numpy")
    for ready in (index, SignatureIndex(np.arange(900), rows)):
        for before, after in zip(first, ready.top(rows[5], k=20), strict=True):
            assert before.tolist() == after.tolist()


def test_small_data_and_single_questions_are_left_to_faiss():
    _, rows = screen(5)
    index = SignatureIndex(np.arange(900), rows)
    for _ in range(search.PATIENCE + 2):
        index.top(rows[5], k=3)
    assert index._coded is None
