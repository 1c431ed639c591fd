"""Gene sets of a GMT file in signatures: mean fold change, and whether it differs from that of the other genes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.calibration import benjamini_hochberg
from vcpi.signature.panel_scores.noise import NullRows
from vcpi.signature.special import t_two_sided

LEAST_MEMBERS, MOST_MEMBERS = 5, 500
PRESET_CORRELATION, PRESET_ROWS = 0.01, 20.0
LEAST_ROWS = 20
MATRIX = 2

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathwayScore:
    """One gene set in one signature.

    Attributes
    ----------
    name
        Of the set.
    n, n_total
        Its genes that were measured, and all.
    score
        Mean fold change of the measured ones, log2.
    correlation
        Mean correlation of two of its genes under noise, 0 or more.
    t
        Statistic of the competitive test; above 0 where its genes stand higher than the others.
    p, q
        Two-sided, and the false discovery rate over the sets of the question.
    """

    name: str
    n: int
    n_total: int
    score: float
    correlation: float
    t: float
    p: float
    q: float


def set_correlations(sets: Mapping[str, NDArray[np.int64]], null: NullRows) -> dict[str, float]:
    """Mean correlation of two genes of each set where nothing happens, 0 or more.

    It is read from how much the mean of the set, less that of all other genes (which the test compares it with), varies
    between profiles of noise, and shrunk towards 0.01, the preset of CAMERA, with the weight of 20 profiles. With fewer
    than 20 profiles it is 0.01.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(500, 40))
    >>> rows[:, :10] += np.random.default_rng(1).normal(size=(500, 1))  # ten genes that correlate at 0.5
    >>> null = NullRows(vehicles=rows[:0], others=rows)
    >>> {name: round(value, 1) for name, value in set_correlations({"a": np.arange(10)}, null).items()}
    {'a': 0.4}
    """
    rows = np.concatenate([null.others, null.vehicles]).astype(np.float32)
    if len(rows) < LEAST_ROWS:
        return dict.fromkeys(sets, PRESET_CORRELATION)
    spread = np.sqrt(np.square(rows, dtype=np.float64).mean(axis=0))
    rows /= np.where(spread > 0, spread, 1.0).astype(np.float32)
    totals, n_genes = rows.sum(axis=1, dtype=np.float64), rows.shape[1]
    n_rows = len(null.others) + max(null.vehicle_df, 0.0)
    found = {}
    for name, positions in sets.items():
        n = len(positions)
        if n < 2 or n >= n_genes:  # noqa: PLR2004
            found[name] = PRESET_CORRELATION
            continue
        own = rows[:, positions].sum(axis=1, dtype=np.float64)
        difference = float(np.square(own / n - (totals - own) / (n_genes - n)).mean())
        seen = (n * (difference - 1.0 / (n_genes - n)) - 1.0) / (n - 1)
        found[name] = max((PRESET_ROWS * PRESET_CORRELATION + n_rows * seen) / (PRESET_ROWS + n_rows), 0.0)
    return found


def pathway_scores(
    lfc: ArrayLike,
    z: ArrayLike,
    sets: Mapping[str, NDArray[np.int64]],
    *,
    correlations: Mapping[str, float] | None = None,
    n_total: Mapping[str, int] | None = None,
    df: float = np.inf,
    least: int = LEAST_MEMBERS,
    most: int = MOST_MEMBERS,
) -> list[PathwayScore]:
    r"""Score gene sets in one signature: mean fold change, and the competitive test of CAMERA [1]_ on z.

    The test asks whether the mean z of the set differs from that of all other genes. Since genes of a set move together
    by chance too, the variance of the mean of its n genes is multiplied with :math:`1 + (n - 1) \rho`:
    :math:`t = (\bar z_{in} - \bar z_{out}) / (s \sqrt{(1 + (n-1)\rho)/n + 1/(G-n)})`, s being the pooled spread.

    Parameters
    ----------
    lfc, z
        Of one signature, shape (n_genes,), finite. Where there are no fold changes, hand in z twice.
    sets
        Name → positions of the measured genes; repeats count once.
    correlations
        Of :func:`set_correlations`; 0.01 for all where None.
    n_total
        Genes of each set, measured or not; those measured where None.
    df
        Degrees of freedom of z; at most n_genes - 2 are used.
    least, most
        Sets with fewer or more measured genes are left out.

    Returns
    -------
    list of PathwayScore
        Highest score first, equal ones by name.

    Raises
    ------
    InputError
        The shapes disagree, a value is not finite, or a position is out of range.

    References
    ----------
    .. [1] Wu & Smyth, Nucleic Acids Research 2012, 40, e133, doi:10.1093/nar/gks461

    Examples
    --------
    >>> values = np.r_[np.full(5, 2.0), np.tile([-1.0, 1.0], 20)]
    >>> (found,) = pathway_scores(values, values, {"up": np.arange(5)})
    >>> found.n, found.score, found.p < 0.001
    (5, 2.0, True)
    """
    changes, values = np.asarray(lfc, dtype=np.float64), np.asarray(z, dtype=np.float64)
    if values.ndim != 1 or changes.shape != values.shape or not (np.isfinite(values) & np.isfinite(changes)).all():
        raise InputError(f"lfc {changes.shape} and z {values.shape}; expected a finite number for every gene in both")
    n_genes = len(values)
    mean, variance = float(values.mean()), float(values.var(ddof=1)) if n_genes > 1 else 0.0
    names, rows = [], []
    for name, given in sets.items():
        places = np.unique(np.asarray(given, dtype=np.int64))
        if len(places) and (places[0] < 0 or places[-1] >= n_genes):
            raise InputError(f"Gene set {name} holds position {places[0]} or {places[-1]}; expected 0 to {n_genes - 1}")
        n = len(places)
        if not least <= n <= most or n_genes - n < least:
            continue
        rho = PRESET_CORRELATION if correlations is None else correlations.get(name, PRESET_CORRELATION)
        delta = n_genes / (n_genes - n) * (float(values[places].mean()) - mean)
        pooled = ((n_genes - 1) * variance - delta**2 * n * (n_genes - n) / n_genes) / (n_genes - 2)
        error = np.sqrt(max(pooled, 1e-12) * ((1.0 + (n - 1) * rho) / n + 1.0 / (n_genes - n)))
        names.append(name)
        rows.append((n, float(changes[places].mean()), rho, delta / error))
    if not rows:
        return []
    p = t_two_sided([row[3] for row in rows], df=min(df, n_genes - 2))
    q = benjamini_hochberg(p)
    found = [
        PathwayScore(
            name=name,
            n=n,
            n_total=(n_total or {}).get(name, n),
            score=score,
            correlation=rho,
            t=float(t),
            p=one,
            q=each,
        )
        for name, (n, score, rho, t), one, each in zip(names, rows, p.tolist(), q.tolist(), strict=True)
    ]
    return sorted(found, key=lambda one: (-one.score, one.name))
