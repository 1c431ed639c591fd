"""Connectivity scores against exact arithmetic, their range and symmetry as properties."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vcpi.errors import InputError
from vcpi.signature.connectivity import METHODS, contributions, cosine, list_cosine, score, shared_genes, signed_list

VALUES = st.floats(-1e6, 1e6).map(lambda value: 0.0 if abs(value) < 1e-6 else value)
ROWS = arrays(np.float64, (4, 5), elements=VALUES)


@given(ROWS)
def test_cosine_agrees_with_exact_sums_and_stays_in_range(rows):
    for row, found in zip(rows, cosine(rows[0], rows), strict=True):
        norm = math.sqrt(math.fsum(row**2)) * math.sqrt(math.fsum(rows[0] ** 2))
        expected = math.fsum(row * rows[0]) / norm if norm else 0.0
        assert found == pytest.approx(expected, abs=1e-12)
        assert -1.0 <= found <= 1.0


@given(ROWS)
def test_cosine_is_symmetric_and_turns_with_the_sign(rows):
    there = cosine(rows[0], rows[1:2])[0]
    assert cosine(rows[1], rows[:1])[0] == there
    assert cosine(-rows[0], rows[1:2])[0] == -there


def test_a_row_scores_the_same_alone_and_in_a_block():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((700, 1001)).astype(np.float32)
    query = rng.standard_normal(1001)
    together = cosine(query, rows)
    assert [cosine(query, row[np.newaxis])[0] for row in rows] == together.tolist()
    assert cosine(query, np.asfortranarray(rows)).tolist() == together.tolist()


def test_a_list_scores_its_up_genes_against_its_down_genes():
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((20, 50))
    query = signed_list(50, up=[3, 8, 9], down=[0, 49])
    for row, found in zip(rows, list_cosine(query, rows), strict=True):
        expected = (row[3] + row[8] + row[9] - row[0] - row[49]) / (math.sqrt(5) * math.sqrt(sum(row**2)))
        assert found == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_keeps_its_range_and_tells_reversal(method):
    rng = np.random.default_rng(2)
    query = rng.choice([-1.0, 0.0, 1.0], 40)
    others = rng.standard_normal((50, 40))
    scores = method.function(query, np.vstack([others, query, -query]))
    assert (scores >= method.low).all()
    assert (scores <= method.high).all()
    assert scores.argmax() == 50
    assert scores.argmin() == 51
    if math.isfinite(method.high):
        assert scores[-2:].tolist() == pytest.approx([method.high, method.low])


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_is_described(method):
    assert METHODS[method.name] is method
    assert method.doi is None or method.doi.startswith("10.")
    assert method.tie_break is None or METHODS[method.tie_break].takes >= method.takes
    assert all(name in METHODS for names in method.members for name in names)
    assert method.query == {True: "both", False: "signature"}.get(
        "signature" in method.takes and "lists" in method.takes
    ) or (method.query == "gene lists" and method.takes == {"lists"})


def test_what_a_method_does_not_take_is_refused():
    rows = np.eye(4)
    with pytest.raises(InputError, match="expected one of cosine"):
        score("jaccard", [1, 0, 0, 0], rows)
    with pytest.raises(InputError, match="without sides: wtcs, xsum, zhang"):
        score("cosine", [1, 0, 0, 0], rows, unsigned=True)
    with pytest.raises(InputError, match="without direction"):
        score("wtcs", [1, -1, 0, 0], rows, unsigned=True)
    with pytest.raises(InputError, match="use the method 'cosine'"):
        score("list_cosine", [1, 0.5, 0, 0], rows)
    for name in ("wtcs", "xsum", "zhang", "ensemble"):
        with pytest.raises(InputError, match="moves no gene"):
            score(name, [0, 0, 0, 0], rows)
    with pytest.raises(InputError, match="all 4 genes"):
        score("wtcs", [1, 1, 1, 1], rows)


@pytest.mark.parametrize(
    ("query", "reference"),
    [([1.0], [[1.0, 2.0]]), ([np.nan], [[1.0]]), ([1.0], [[np.inf]]), ([1.0], [1.0]), ([[1.0]], [[1.0]])],
)
def test_what_does_not_fit_is_refused(query, reference):
    with pytest.raises(InputError, match="expected"):
        cosine(query, reference)


def test_a_weighted_list_is_refused():
    with pytest.raises(InputError, match="use the method 'cosine'"):
        list_cosine([0.5, 1.0], [[1.0, 1.0]])


@pytest.mark.parametrize("lists", [{}, {"up": [1], "down": [1]}, {"up": [3]}, {"down": [-1]}])
def test_gene_lists_that_cannot_be_are_refused(lists):
    with pytest.raises(InputError, match="expected"):
        signed_list(3, **lists)


@given(ROWS)
def test_contributions_add_up_to_the_cosine(rows):
    assert contributions(rows[0], rows[1]).sum() == pytest.approx(cosine(rows[0], rows[1:2])[0], abs=1e-12)


def test_shared_genes_are_those_of_the_largest_products():
    rng = np.random.default_rng(3)
    query, reference = rng.standard_normal((2, 40))
    symbols = [f"G{gene}" for gene in range(40)]
    order = sorted(range(40), key=lambda gene: -query[gene] * reference[gene])
    assert shared_genes(query, reference, symbols, n=5) == tuple(symbols[gene] for gene in order[:5])
    assert shared_genes(query, reference, symbols, n=3, reverse=True) == tuple(symbols[g] for g in order[:-4:-1])
    positive = sum(query[gene] * reference[gene] > 0 for gene in range(40))
    assert len(shared_genes(query, reference, symbols, n=40)) == positive


def test_shared_genes_pass_over_genes_without_a_symbol_and_keep_the_order_of_ties():
    assert shared_genes([1, 1, 1, 0], [1, 2, 1, 9], ["A", None, "C", "D"]) == ("A", "C")
    with pytest.raises(InputError, match="one per gene"):
        shared_genes([1], [1], [])
