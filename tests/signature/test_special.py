"""Special functions: SciPy as judge."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from vcpi.errors import InputError
from vcpi.signature.special import digamma, t_two_sided, trigamma, trigamma_inverse


def test_digamma_and_trigamma_are_those_of_scipy():
    x = np.concatenate([np.geomspace(1e-4, 1e6, 200), [0.5, 1.0, 2.0, 14.9, 15.0, 15.1]])
    np.testing.assert_allclose(digamma(x), special.digamma(x), rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(trigamma(x), special.polygamma(1, x), rtol=1e-11)


@pytest.mark.parametrize("y", [1e-6, 1e-3, 0.1, 1.0, 5.0, 300.0])
def test_the_inverse_of_trigamma_leads_back(y):
    assert special.polygamma(1, trigamma_inverse(y)) == pytest.approx(y, rel=1e-7)


@pytest.mark.parametrize("df", [0.7, 1.0, 3.0, 30.0, 471.5, 20_000.0, 3e5])
def test_p_of_t_is_that_of_scipy(df):
    t = np.array([0.0, 1e-9, 1e-3, 0.3, 0.99, 1.0, 1.5, 2.0, 4.0, 9.0, 40.0, -2.0])
    np.testing.assert_allclose(t_two_sided(t, df=df), 2 * stats.t.sf(np.abs(t), df), rtol=1e-8, atol=1e-300)


def test_infinite_degrees_of_freedom_are_normal():
    t = np.linspace(-6, 6, 13)
    np.testing.assert_allclose(t_two_sided(t, df=np.inf), 2 * stats.norm.sf(np.abs(t)), rtol=1e-12)
    np.testing.assert_allclose(t_two_sided(t, df=2e6), 2 * stats.t.sf(np.abs(t), 2e6), rtol=1e-3)


@pytest.mark.parametrize("call", [lambda: digamma(0.0), lambda: trigamma(-1.0), lambda: trigamma_inverse(0.0)])
def test_numbers_out_of_range_are_refused(call):
    with pytest.raises(InputError, match="above 0"):
        call()
    with pytest.raises(InputError, match="df is 0"):
        t_two_sided(1.0, df=0)
