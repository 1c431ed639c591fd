"""Every score against its formula written out gene by gene, and against cases worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from vcpi.errors import InputError
from vcpi.signature.connectivity import METHODS, rank_matrix, score, signed_list
from vcpi.signature.scores.blocks import extreme_size, list_size
from vcpi.signature.scores.lists import wtcs, xsum, zhang
from vcpi.signature.scores.vectors import spearman, xcos

ONE_QUERY = {"cosine", "xcos", "spearman", "wtcs", "xsum", "zhang"}


def slow_es(row, genes):
    """Walk down the genes one by one."""
    order = sorted(range(len(row)), key=lambda g: (-row[g], g))
    total = math.fsum(abs(row[g]) for g in genes)
    if total == 0:
        return 0.0
    running, highest, lowest = 0.0, 0.0, 0.0
    for gene in order:
        running += abs(row[gene]) / total if gene in genes else -1.0 / (len(row) - len(genes))
        highest, lowest = max(highest, running), min(lowest, running)
    return highest if highest >= -lowest - 1e-12 else lowest


def slow_wtcs(row, up, down):
    if not down:
        return slow_es(row, up)
    if not up:
        return -slow_es(row, down)
    high, low = slow_es(row, up), slow_es(row, down)
    return (high - low) / 2 if (high > 0) - (high < 0) != (low > 0) - (low < 0) else 0.0


def slow_extremes(row, n):
    falling = sorted(row, reverse=True)
    return {g for g, value in enumerate(row) if value >= falling[n - 1] or value <= falling[-n]}


def slow_xsum(row, up, down, n):
    extreme = slow_extremes(row, n)
    return math.fsum(row[g] for g in up & extreme) - math.fsum(row[g] for g in down & extreme)


def slow_xcos(query, row, n):
    extreme = sorted(slow_extremes(row, n))
    above = math.fsum(query[g] * row[g] for g in extreme)
    below = math.sqrt(math.fsum(query[g] ** 2 for g in extreme) * math.fsum(row[g] ** 2 for g in extreme))
    return above / below if below else 0.0


def slow_zhang(row, signs):
    """Unordered: signs is a dict of gene to +-1."""
    n, m = len(row), len(signs)
    ranks = rankdata(np.abs(row))
    return sum(s * np.sign(row[g]) * ranks[g] for g, s in signs.items()) / sum(n - i for i in range(m))


def slow_zhang_ordered(query, row, m):
    n = len(row)
    ranks = rankdata(np.abs(row))
    chosen = [g for g in sorted(range(n), key=lambda g: (-abs(query[g]), g))[:m] if query[g] != 0]
    m = len(chosen)
    own = rankdata([abs(query[g]) for g in chosen])
    top = sum((m - i) * (n - i) for i in range(m))
    return sum(np.sign(query[g]) * o * np.sign(row[g]) * ranks[g] for g, o in zip(chosen, own, strict=True)) / top


def case(seed, *, tied):
    """References and a pair of lists, either of which may be empty."""
    rng = np.random.default_rng(seed)
    n_genes = int(rng.integers(8, 60))
    rows = rng.standard_normal((6, n_genes))
    if tied:
        rows = np.round(rows)
    rows = rows.astype(rng.choice([np.float32, np.float64]))
    genes = rng.permutation(n_genes)
    n_up, n_down = [(3, 3), (4, 0), (0, 2), (1, 5)][seed % 4]
    return rng, rows, set(genes[:n_up].tolist()), set(genes[n_up : n_up + n_down].tolist())


@pytest.mark.parametrize("tied", [False, True])
def test_the_weighted_connectivity_score_is_a_walk_down_the_genes(tied):
    """2,400 queries and references: signs, ties, one-sided lists; ranked once, found one by one, many at once."""
    n_zero = 0
    for seed in range(200):
        rng, rows, up, down = case(seed, tied=tied)
        query = signed_list(rows.shape[1], up=sorted(up), down=sorted(down))
        expected = [slow_wtcs(row.tolist(), up, down) for row in rows]
        found = wtcs(query, rows)
        np.testing.assert_allclose(found, expected, atol=1e-9)
        n_zero += int((found == 0).sum())
        shuffled = rng.permutation(rows.shape[0])
        assert wtcs(query, rows[shuffled]).tolist() == found[shuffled].tolist()
        assert wtcs(query, rows, positions=rank_matrix(rows)).tolist() == found.tolist()
        assert score("wtcs", np.tile(query, (9, 1)), rows)[8].tolist() == found.tolist()
        assert wtcs(-query, rows).tolist() == pytest.approx((-found).tolist(), abs=0)
    assert n_zero > 100  # half the pairs of lists point nowhere


def test_the_weighted_connectivity_score_by_hand():
    row = [3.0, 2.0, 1.0, -1.0, -3.0]  # walk for {0, 2}: .75, .4167, .6667, .3333, 0
    assert wtcs([1, 0, 1, 0, 0], [row])[0] == pytest.approx(0.75)
    # {1, 4}: -1/3, 2/5 - 1/3, -4/15, -3/5, 0: farthest from 0 is -3/5
    assert wtcs([0, -1, 0, 0, -1], [row])[0] == pytest.approx(0.6)
    assert wtcs([1, -1, 1, 0, -1], [row])[0] == pytest.approx((0.75 + 0.6) / 2)
    assert wtcs([1, -1, 0, 0, 0], [row])[0] == 0  # both at the top


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_xsum_and_zhang_are_their_sums(seed, tied):
    _, rows, up, down = case(seed, tied=tied)
    query = signed_list(rows.shape[1], up=sorted(up), down=sorted(down))
    n = extreme_size(rows.shape[1])
    signs = dict.fromkeys(up, 1) | dict.fromkeys(down, -1)
    np.testing.assert_allclose(xsum(query, rows), [slow_xsum(r.tolist(), up, down, n) for r in rows], atol=1e-9)
    np.testing.assert_allclose(zhang(query, rows), [slow_zhang(r, signs) for r in rows], atol=1e-12)
    many = score("zhang", np.tile(query, (9, 1)), rows)
    assert many[4].tolist() == zhang(query, rows).tolist()


def test_xsum_by_hand():
    row = [5.0, 4.0, 0.5, -0.5, -2.0, -6.0]
    assert xsum([1, 1, 0, 0, 0, -1], [row], n_extreme=1).tolist() == [11.0]  # 4 is not among the extremes
    assert xsum([1, 0, 1, 0, 1, 0], [row], n_extreme=2).tolist() == [3.0]
    assert xsum([1, 0, 1, 0, 1, 0], [row], n_extreme=1, unsigned=True).tolist() == [5.0]


def test_zhang_by_hand():
    row = [3.0, -1.0, 2.0, -4.0]  # signed ranks 3, -1, 2, -4
    assert zhang([1, 0, 0, -1], [row]).tolist() == [1.0]
    assert zhang([1, 1, 0, 0], [row]).tolist() == [2 / 7]
    # ordered: |9| and |5| of the query are ranked 2 and 1: (2 * 3 - 1 * 2) / (2 * 4 + 1 * 3)
    assert zhang([9.0, 0.1, -5.0, 0.2], [row], n_genes=1).tolist() == [4 / 11]


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_whole_signature_is_scored_by_its_strongest_genes(seed, tied):
    rng, rows, _, _ = case(seed, tied=tied)
    n_genes = rows.shape[1]
    query = np.round(rng.standard_normal(n_genes) * 3) if tied else rng.standard_normal(n_genes)
    query[0] = 1.5  # else it might be a list
    n = list_size(n_genes)
    rising = sorted(range(n_genes), key=lambda g: (-query[g], g))[:n]
    falling = sorted(range(n_genes), key=lambda g: (query[g], g))[:n]
    up, down = {g for g in rising if query[g] > 0}, {g for g in falling if query[g] < 0}
    np.testing.assert_allclose(wtcs(query, rows), [slow_wtcs(r.tolist(), up, down) for r in rows], atol=1e-9)
    np.testing.assert_allclose(zhang(query, rows), [slow_zhang_ordered(query, r, 2 * n) for r in rows], atol=1e-12)
    x = extreme_size(n_genes)
    np.testing.assert_allclose(xcos(query, rows), [slow_xcos(query, r.astype(float), x) for r in rows], atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_spearman_agrees_with_scipy_ties_and_all(seed, tied):
    rng, rows, _, _ = case(seed, tied=tied)
    query = rng.integers(-2, 3, rows.shape[1]) + np.arange(rows.shape[1]) % 2
    expected = [spearmanr(query, row).statistic if np.ptp(query) and np.ptp(row) else 0.0 for row in rows]
    np.testing.assert_allclose(spearman(query, rows), expected, atol=1e-12)
    assert spearman(query, rows, positions=rank_matrix(rows)).tolist() == spearman(query, rows).tolist()


def test_ranks_are_places_from_the_top_with_ties_in_order():
    rng = np.random.default_rng(6)
    for rows in (rng.standard_normal((4, 90)), np.round(rng.standard_normal((4, 90))), np.array([[-0.0, 0.0, 1.0]])):
        for kind in (np.float32, np.float64):
            found = rank_matrix(rows.astype(kind))
            for row, places in zip(rows.astype(kind), found, strict=True):
                order = sorted(range(len(row)), key=lambda g: (-row[g], g))
                assert [order.index(g) for g in range(len(row))] == places.tolist()


@pytest.mark.parametrize("name", sorted(ONE_QUERY))
def test_blocks_threads_rank_matrix_and_order_of_the_library_change_nothing(name):
    rng = np.random.default_rng(7)
    rows = rng.standard_normal((600, 301)).astype(np.float32)
    query = rng.standard_normal(301)
    alone = np.array([METHODS[name].function(query, row[np.newaxis])[0] for row in rows[::37]])
    for options in ({"threads": 1}, {"threads": 3}, {"positions": rank_matrix(rows)}):
        assert score(name, query, rows, **options)[::37].tolist() == alone.tolist()
    shuffled = rng.permutation(600)
    assert score(name, query, rows[shuffled]).tolist() == score(name, query, rows)[shuffled].tolist()


@pytest.mark.parametrize("name", sorted(set(METHODS) - {"list_cosine"}))
def test_a_signature_and_its_negation_mirror_each_other(name):
    rng = np.random.default_rng(8)
    rows, query = rng.standard_normal((300, 120)), rng.standard_normal(120)
    forth = score(name, query, rows)
    # the ensemble's fences and means mirror up to rounding
    np.testing.assert_allclose(score(name, -query, rows), -forth, atol=1e-9 if name == "ensemble" else 0)


def test_an_unsigned_list_is_scored_against_absolute_values():
    rng = np.random.default_rng(9)
    rows = rng.standard_normal((5, 40))
    rows[0, :6] = [9, -9, 8, -8, 7, -7]
    query = signed_list(40, up=range(6))
    for name, function in (("wtcs", wtcs), ("zhang", zhang)):
        found = score(name, query, rows, unsigned=True)
        assert found.tolist() == function(query, np.abs(rows)).tolist()
        assert found[0] == pytest.approx(1.0)
    # both sides of a reference are its largest absolute values
    largest = [sorted(np.abs(row), reverse=True)[2 * extreme_size(40) - 1] for row in rows]
    sums = [sum(v for v in np.abs(row[:6]) if v >= least) for row, least in zip(rows, largest, strict=True)]
    np.testing.assert_allclose(score("xsum", query, rows, unsigned=True), sums)


def test_the_ensemble_adds_up_what_its_members_say():
    rng = np.random.default_rng(10)
    rows = rng.standard_normal((200, 80))
    for query in (rng.standard_normal(80), signed_list(80, up=[1, 2, 3, 4], down=[7, 8, 9])):
        members = METHODS["ensemble"].members[bool(np.isin(query, (-1, 0, 1)).all())]
        total = np.zeros(200)
        for name in members:
            scores = score(name, query, rows)
            q1, q3 = np.percentile(scores, [25, 75])
            kept = [s for s in scores if q1 - 1.5 * (q3 - q1) <= s <= q3 + 1.5 * (q3 - q1)]
            mean = sum(kept) / len(kept)
            total += (scores - mean) / math.sqrt(sum((s - mean) ** 2 for s in kept) / (len(kept) - 1))
        np.testing.assert_allclose(score("ensemble", query, rows), total, atol=1e-9)


@pytest.mark.parametrize("name", ["xcos", "spearman", "wtcs", "xsum", "zhang"])
@pytest.mark.parametrize(("query", "row"), [([1.0, np.nan, 0, 0], [1, 2, 3, 4]), ([1.0, 0, 0, 0], [1, np.inf, 3, 4])])
def test_what_is_not_a_number_is_refused(name, query, row):
    with pytest.raises(InputError, match="expected a number for every gene"):
        score(name, query, [row])


def test_sizes_that_cannot_be_are_refused():
    rows = np.arange(12.0).reshape(2, 6) - 3
    for call in (
        lambda: xcos([1, 0, 2, 0, 0, 0], rows, n_extreme=4),
        lambda: xsum([1, 0, 0, 0, 0, 0], rows, n_extreme=0),
        lambda: wtcs([1.5, 0, 0, 0, 0, 0], rows, n_genes=4),
        lambda: zhang([1.5, 0, 0, 0, 0, 0], rows, n_genes=0),
    ):
        with pytest.raises(InputError, match="half of the genes"):
            call()
    with pytest.raises(InputError, match="Rank matrix"):
        wtcs([1, 0, 0, 0, 0, 0], rows, positions=rank_matrix(rows)[:1])
