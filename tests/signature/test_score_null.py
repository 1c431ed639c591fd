"""The null of every method: p holds its level on noise and finds what was planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, kstest

from vcpi.errors import InputError
from vcpi.signature.calibration import MIN_TAU
from vcpi.signature.connectivity import METHODS, rank_matrix, score, signed_list
from vcpi.signature.scores.normalize import ensemble_sum, ncs, order, trimmed
from vcpi.signature.scores.null import list_null, pool_null, reference_tau, score_null

SIGNATURE = sorted(name for name, m in METHODS.items() if "signature" in m.takes)
LISTS = sorted(name for name, m in METHODS.items() if "lists" in m.takes)
N_GENES = 240


def noise(rng, n):
    """Noise in which genes hang together: eight programmes and heavy-tailed rest."""
    programmes = np.random.default_rng(99).standard_normal((8, N_GENES))
    return rng.standard_normal((n, 8)) @ programmes * 0.6 + rng.standard_t(5, (n, N_GENES))


def within(p, level):
    """Whether the share of p up to a level is what chance gives, at 1 in 10,000 either way."""
    low, high = binom.interval(0.9999, len(p), level)
    return low <= (p <= level).sum() <= high


def collect(judge, n):
    """One p from each of n independent worlds, so that they are independent."""
    return np.array([judge(np.random.default_rng(seed)) for seed in range(n)])


@pytest.mark.parametrize(
    ("name", "reverse"), [(name, False) for name in SIGNATURE] + [("cosine", True), ("wtcs", True)]
)
def test_p_of_a_signature_holds_its_level_on_noise(name, reverse):
    def judge(rng):
        rows = noise(rng, 261)
        found = score_null(name, rows[0], rows[1:61], rows[61:], reverse=reverse)
        return found.p[0]

    p = collect(judge, 400)
    for level in (0.1, 0.05, 0.01):
        assert within(p, level), (level, (p <= level).mean())
    if not METHODS[name].zero_rule:
        assert kstest(p, "uniform").pvalue > 1e-3
    else:  # a score of 0 gets the chance of 0 or more: never too small
        assert kstest(p, "uniform", alternative="greater").pvalue > 1e-3


@pytest.mark.parametrize("name", LISTS)
def test_p_of_a_random_list_holds_its_level(name):
    def judge(rng):
        rows = noise(rng, 12)
        genes = rng.permutation(N_GENES)
        query = signed_list(N_GENES, up=genes[:12].tolist(), down=genes[12:22].tolist())
        return list_null(name, query, rows, seed=int(rng.integers(2**31))).p[0]

    p = collect(judge, 400)
    for level in (0.1, 0.05, 0.01):
        assert within(p, level), (level, (p <= level).mean())
    if not METHODS[name].zero_rule:
        assert kstest(p, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("name", SIGNATURE)
def test_a_planted_reference_is_found_either_way(name):
    rng = np.random.default_rng(1)
    rows, null = noise(rng, 100), noise(rng, 2500)
    effect = np.where(rng.random(N_GENES) < 0.7, rng.standard_normal(N_GENES) * 6, 0.0)
    query = noise(rng, 1)[0] + effect
    rows[7] += effect
    rows[8] -= effect
    up, down = (score_null(name, query, rows, null, reverse=reverse).p for reverse in (False, True))
    assert up.argmin() == 7
    assert down.argmin() == 8
    assert up[7] < 1e-3
    assert down[8] < 1e-3
    assert up[8] > 0.9


@pytest.mark.parametrize(
    ("name", "unsigned"),
    [(name, False) for name in LISTS] + [(name, True) for name in LISTS if "unsigned" in METHODS[name].takes],
)
def test_a_planted_list_is_found(name, unsigned):
    rng = np.random.default_rng(2)
    rows, null = noise(rng, 200), noise(rng, 2500)
    rows[5, :12] += 6
    rows[5, 12:20] -= 6
    query = signed_list(N_GENES, up=range(20)) if unsigned else signed_list(N_GENES, up=range(12), down=range(12, 20))
    by_lists = list_null(name, query, rows, unsigned=unsigned)
    by_noise = score_null(name, query, rows, null, unsigned=unsigned)
    for found in (by_lists, by_noise):
        assert found.p.argmin() == 5
        assert found.p[5] < 1e-3
        assert found.scores.tolist() == score(name, query, rows, unsigned=unsigned).tolist()


def test_genes_that_hang_together_make_random_lists_a_poor_judge():
    """Why score_null is the one to use: a list of one programme, against noise that has this programme."""
    rng = np.random.default_rng(3)
    rows, null = noise(rng, 400), noise(rng, 2500)
    programme = np.random.default_rng(99).standard_normal((8, N_GENES))[0]
    query = signed_list(N_GENES, up=np.argsort(-programme)[:20].tolist(), down=np.argsort(programme)[:20].tolist())
    assert (list_null("wtcs", query, rows).p <= 0.05).mean() > 0.15
    assert (score_null("wtcs", query, rows, null).p <= 0.05).mean() < 0.08


def test_random_lists_depend_on_the_seed_alone():
    rows = noise(np.random.default_rng(4), 300)
    query = signed_list(N_GENES, up=range(9), down=[50, 60])
    first = list_null("wtcs", query, rows, seed=1)
    assert list_null("wtcs", query, rows, seed=1, positions=rank_matrix(rows)).p.tolist() == first.p.tolist()
    assert list_null("wtcs", query, rows, seed=2).p.tolist() != first.p.tolist()


def test_random_lists_keep_to_the_strata():
    """Loud genes in the list are compared with loud genes: loudness alone is no finding."""
    rng = np.random.default_rng(5)
    loud = np.where(np.arange(N_GENES) < 60, 6.0, 1.0)
    rows = rng.standard_normal((300, N_GENES)) * loud
    query = signed_list(N_GENES, up=range(0, 60, 3))
    matched = list_null("wtcs", query, rows, unsigned=True, strata=loud)
    blind = list_null("wtcs", query, rows, unsigned=True, strata=np.zeros(N_GENES))
    assert 0.01 < (matched.p <= 0.05).mean() < 0.12
    assert (blind.p <= 0.05).mean() > 0.5


def test_a_null_pooled_over_queries_sees_farther_and_agrees_in_the_middle():
    rng = np.random.default_rng(6)
    queries, rows, null = noise(rng, 60), noise(rng, 800), noise(rng, 300)
    shape = pool_null("spearman", queries, null)
    pooled = score_null("spearman", queries[0], rows, null, shape=shape).p
    alone = score_null("spearman", queries[0], rows, null).p
    middle = (alone > 0.1) & (alone < 0.9)
    assert np.abs(pooled - alone)[middle].max() < 0.06
    same = score_null("spearman", queries[0], queries[:1], null, shape=shape).p[0]
    assert same < 1e-5 < 1 / 301 == score_null("spearman", queries[0], queries[:1], null).p[0]


def test_profiles_that_share_wells_are_left_out_of_the_null():
    rng = np.random.default_rng(7)
    rows, null = noise(rng, 50), noise(rng, 300)
    query = null[3]
    out = np.arange(300) == 3
    found = score_null("cosine", query, rows, null, exclude=out)
    assert found.p.tolist() == score_null("cosine", query, rows, null[~out]).p.tolist()
    assert found.n_null == 299


def test_what_is_no_null_is_refused():
    rng = np.random.default_rng(8)
    rows = noise(rng, 60)
    query = signed_list(N_GENES, up=[1, 2])
    with pytest.raises(InputError, match="49 null profiles"):
        score_null("cosine", rows[0], rows, rows[:49])
    with pytest.raises(InputError, match="expected noise"):
        score_null("cosine", rows[0], rows, 0 * rows)
    with pytest.raises(InputError, match="null profiles to score_null"):
        list_null("wtcs", rows[0], rows)
    with pytest.raises(InputError, match="20 or more"):
        list_null("wtcs", query, rows, n_lists=5)
    with pytest.raises(InputError, match="one for each"):
        list_null("wtcs", query, rows, strata=[1, 2])
    with pytest.raises(InputError, match="standardizes over"):
        pool_null("ensemble", rows, rows)


def test_ncs_by_hand():
    """Means of the same sign in each group, zeros out; the floor; a group that has no counted score of a sign."""
    scores = [0.2, 0.4, 0.0, -0.5, 0.004, -0.3]
    groups = ["a", "a", "a", "a", "b", "b"]
    assert ncs(scores, groups=groups).tolist() == pytest.approx([0.2 / 0.3, 0.4 / 0.3, 0, -1, 0.4, -1])
    counted = [True, True, True, True, False, False]
    by_median = [0.2 / 0.3, 0.4 / 0.3, 0, -1, 0.004 / 0.3, -0.3 / 0.5]
    assert ncs(scores, groups=groups, counted=counted).tolist() == pytest.approx(by_median)
    assert ncs([0.5, -0.5], counted=[False, True]).tolist() == pytest.approx([50, -1])


def test_trimming_leaves_out_what_is_beyond_the_fences():
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 500.0]  # quartiles 3 and 7: fences -3 and 13
    assert trimmed(values) == (4.5, pytest.approx(np.std(np.arange(1, 9), ddof=1)))
    assert ensemble_sum([[9.0]], background=[values]).tolist() == pytest.approx([4.5 / np.std(np.arange(1, 9), ddof=1)])


def test_ties_are_broken_by_the_other_score_then_by_id():
    assert order([0, 0, 1, 0], [4, 3, 9, 1], ties=[0.5, 0.1, 0, 0.1]).tolist() == [2, 0, 3, 1]
    assert order([0, 0, 1, 0], [4, 3, 9, 1], ties=[0.5, 0.1, 0, 0.1], reverse=True).tolist() == [3, 1, 0, 2]


@pytest.mark.parametrize("name", ["cosine", "wtcs", "ensemble"])
def test_tau_is_the_share_of_reference_queries_that_score_less(name):
    rng = np.random.default_rng(10)
    rows, others, query = noise(rng, 30), noise(rng, 150), noise(rng, 1)[0]
    same = rng.random((150, 30)) < 0.1
    found, reason = reference_tau(name, query, rows, others, same=same)
    assert reason == ""

    def scored(one):
        values = score(name, one, rows)
        if name != "wtcs":
            return values
        return [v / max(np.mean([abs(w) for w in values if w * v > 0]), 0.01) if v else 0.0 for v in values]

    own, rest = scored(query), [scored(one) for one in others]
    for hit in range(30):
        below = [
            abs(row[hit]) < abs(own[hit]) for row, left_out in zip(rest, same[:, hit], strict=True) if not left_out
        ]
        assert found[hit] == pytest.approx(np.sign(own[hit]) * 100 * np.mean(below))


def test_tau_says_why_there_is_none():
    rows = noise(np.random.default_rng(11), 20)
    assert reference_tau("zhang", rows[0], rows, rows) == (None, f"20 reference queries; tau needs {MIN_TAU}")
