"""The few special functions that moderated variances need, for NumPy arrays.

SciPy has them too; it is larger than all else that vcpi depends on, and serves as judge in the tests.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError

FAR = 15.0  # from here on the asymptotic series are exact to 1e-12
NORMAL_FROM = 1e6  # degrees of freedom from which t is normal
TINY = 1e-300


def digamma(x: ArrayLike) -> NDArray[np.float64]:
    """Logarithmic derivative of the gamma function.

    Parameters
    ----------
    x
        Above 0.

    Returns
    -------
    ndarray
        As shaped.

    Examples
    --------
    >>> float(digamma(1.0).round(6))  # minus Euler's constant
    -0.577216
    """
    values, result = _shifted(x)
    for step in range(int(FAR)):
        result -= 1.0 / (values + step)
    far = values + FAR
    inverse = far**-2
    series = inverse * (1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse / 240)))
    return np.asarray(result + np.log(far) - 0.5 / far - series)


def trigamma(x: ArrayLike) -> NDArray[np.float64]:
    """Second logarithmic derivative of the gamma function.

    Parameters
    ----------
    x
        Above 0.

    Returns
    -------
    ndarray
        As shaped, above 0.

    Examples
    --------
    >>> bool(abs(trigamma(1.0) - np.pi**2 / 6) < 1e-12)
    True
    """
    values, result = _shifted(x)
    for step in range(int(FAR)):
        result += (values + step) ** -2.0
    far = values + FAR
    inverse = far**-2
    series = inverse * (1 / 6 - inverse * (1 / 30 - inverse * (1 / 42 - inverse / 30)))
    return np.asarray(result + 1.0 / far + 0.5 * inverse + series / far)


def trigamma_inverse(y: float) -> float:
    """Find the x at which :func:`trigamma` is y, by Newton's method on 1/y, which is nearly straight.

    Parameters
    ----------
    y
        Above 0.

    Examples
    --------
    >>> round(trigamma_inverse(float(trigamma(3.7))), 9)
    3.7
    """
    if not y > 0 or not math.isfinite(y):
        raise InputError(f"y is {y}; expected a number above 0")
    x = 0.5 + 1.0 / y
    for _ in range(60):
        value = float(trigamma(x))
        slope = (float(trigamma(x * (1 + 1e-6))) - float(trigamma(x * (1 - 1e-6)))) / (2e-6 * x)
        step = value * (1.0 - value / y) / slope
        x = max(x + step, x / 10.0)
        if abs(step) < 1e-9 * x:
            break
    return x


def t_two_sided(t: ArrayLike, *, df: float) -> NDArray[np.float64]:
    """Probability that Student's t is as far from 0 as it is, on either side.

    Parameters
    ----------
    t
        Any shape.
    df
        Degrees of freedom, above 0; infinite ones give the normal distribution.

    Returns
    -------
    ndarray
        As shaped, in [0, 1].

    Raises
    ------
    InputError
        There are no degrees of freedom.

    Examples
    --------
    >>> t_two_sided([0.0, 2.0], df=np.inf).round(4).tolist()
    [1.0, 0.0455]
    """
    if not df > 0:
        raise InputError(f"df is {df}; expected a number above 0")
    size = np.abs(np.asarray(t, dtype=np.float64))
    if df >= NORMAL_FROM:
        return np.asarray(np.vectorize(math.erfc, otypes=[float])(size / math.sqrt(2.0)))
    x = df / (df + size**2)
    a, b = df / 2.0, 0.5
    far = x < (a + 1.0) / (a + b + 2.0)  # on the other side the fraction of the complement is the quick one
    near = 1.0 - _incomplete_beta(np.where(far, 0.5, size**2 / (df + size**2)), b, a)
    return np.where(far, _incomplete_beta(np.where(far, x, 0.5), a, b), near)


def _shifted(x: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Check the argument; return it with zeros of its shape."""
    values = np.asarray(x, dtype=np.float64)
    if not (values > 0).all():
        raise InputError("Expected numbers above 0")
    return values, np.zeros_like(values)


def _incomplete_beta(x: NDArray[np.float64], a: float, b: float) -> NDArray[np.float64]:
    """Regularized incomplete beta function by its continued fraction (Lentz), for x below (a + 1) / (a + b + 2)."""
    x = np.maximum(x, TINY)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = np.exp(scale + a * np.log(x) + b * np.log1p(-x)) / a
    c = np.ones_like(x)
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    result = d.copy()
    for m in range(1, 200 + int(10 * math.sqrt(max(a, b)))):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            c, d = 1.0 + term / c, 1.0 / (1.0 + term * d)
            change = c * d
            result *= change
        if np.max(np.abs(change - 1.0), initial=0.0) < 1e-13:  # noqa: PLR2004
            break
    return np.asarray(front * result)
