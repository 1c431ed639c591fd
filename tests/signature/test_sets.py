"""The rank-sum test of gene sets, judged by SciPy and by its own uniformity."""

import numpy as np
import pytest
from scipy import stats

from vcpi.errors import InputError
from vcpi.signature.sets import rank_sum_sets


@pytest.mark.parametrize("decimals", [6, 1])
def test_p_equals_scipys_asymptotic_mann_whitney(decimals):
    rng = np.random.default_rng(5)
    values = rng.normal(size=400).round(decimals)
    members = {f"set {n}": rng.choice(400, size=n, replace=False) for n in (5, 17, 60, 200)}
    for one in rank_sum_sets(values, members):
        inside = np.zeros(400, dtype=bool)
        inside[members[one.name]] = True
        judge = stats.mannwhitneyu(values[inside], values[~inside], use_continuity=False, method="asymptotic")
        assert one.p == pytest.approx(judge.pvalue, rel=1e-9)
        assert one.sum == pytest.approx(values[inside].sum())
        assert np.sign(one.z) == np.sign(judge.statistic - inside.sum() * (~inside).sum() / 2)


def test_q_is_that_of_scipy_and_small_sets_are_left_out():
    rng = np.random.default_rng(6)
    values = rng.normal(size=300)
    values[:20] += 1.5
    members = {"planted": np.arange(20), "tiny": np.arange(4)} | {
        f"random {i}": rng.choice(300, size=30, replace=False) for i in range(20)
    }
    found = rank_sum_sets(values, members)
    assert found[0].name == "planted"
    assert "tiny" not in {one.name for one in found}
    assert [one.q for one in found] == pytest.approx(stats.false_discovery_control([one.p for one in found]))


def test_p_is_uniform_where_sets_are_random():
    rng = np.random.default_rng(7)
    values = rng.normal(size=1000)
    members = {str(i): rng.choice(1000, size=25, replace=False) for i in range(400)}
    p = [one.p for one in rank_sum_sets(values, members)]
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_what_cannot_be_tested_is_refused():
    with pytest.raises(InputError, match="not finite"):
        rank_sum_sets([1.0, np.nan], {})
    with pytest.raises(InputError, match="position"):
        rank_sum_sets(np.arange(20.0), {"out": np.array([1, 2, 3, 4, 20])})
