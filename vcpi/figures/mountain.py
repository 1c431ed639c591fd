"""The mountain plot: how the genes of a query lie in a ranked signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vcpi.errors import InputError
from vcpi.figures import look

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from vcpi.figures.figure import Figure, Spec

WIDTH, TALL, RUG, STRIP = 660, 300, 30, 90
SIDES = {"up": ("genes that should go up", look.VERMILION), "down": ("genes that should go down", look.BLUE)}
LEAST_OUTSIDE = 1
_MOST_STEPS = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The running sum of one gene list down a ranked signature.

    ``places`` are the places of its genes, from 1; ``peak`` is the value of the sum furthest from 0, at ``peak_at``.
    """

    places: NDArray[np.int64]
    sums: NDArray[np.float64]
    peak: float
    peak_at: int


def walk(values: NDArray[np.float64], members: NDArray[np.bool_], *, weight: float = 1.0) -> Walk:
    r"""Go down a ranked signature: up by a share of :math:`|value|^w` at a gene of the list, down at any other [1]_.

    Parameters
    ----------
    values
        The signature from the highest to the lowest, shape (n_genes,).
    members
        Whether a gene is in the list, shape (n_genes,).
    weight
        The exponent, 0 or more; 1 in the Connectivity Map. Where all weights are 0 every gene counts alike.

    Returns
    -------
    Walk
        ``sums`` of shape (n_genes + 1,): from 0 before the first gene to 0 after the last.

    Raises
    ------
    InputError
        The list is empty or holds every gene.

    References
    ----------
    .. [1] Subramanian et al., PNAS 2005, 102, 15545, doi:10.1073/pnas.0506580102

    Examples
    --------
    >>> found = walk(np.array([2.0, 1.0, -1.0, -2.0]), np.array([True, False, False, False]))
    >>> found.sums.round(2).tolist(), found.peak
    ([0.0, 1.0, 0.67, 0.33, 0.0], 1.0)
    """
    n, inside = len(values), int(members.sum())
    if not inside or n - inside < LEAST_OUTSIDE:
        raise InputError(f"{inside} of {n} genes are in the list; expected at least 1 inside and 1 outside")
    weights = np.abs(values) ** weight * members
    if not weights.sum() > 0:
        weights = members.astype(np.float64)
    steps = weights / weights.sum() - (~members) / (n - inside)
    sums = np.concatenate([[0.0], np.cumsum(steps)])
    sums[-1] = 0.0
    at = int(np.abs(sums).argmax())
    return Walk(places=np.flatnonzero(members) + 1, sums=sums, peak=float(sums[at]), peak_at=at)


def mountain_plot(
    values: Mapping[str, float],
    *,
    up: Sequence[str] = (),
    down: Sequence[str] = (),
    title: str,
    dataset: str = "",
    unit: str = "z",
    weight: float = 1.0,
    score: str = "",
    simulated: bool = False,
) -> Figure:
    """Draw the running sums of gene lists down a signature, a rug of their genes, and the signature below.

    Parameters
    ----------
    values
        Gene → value in the signature of the hit.
    up, down
        Genes of the query, named as in ``values``; others are counted and left out.
    title, dataset, simulated
        What is shown, and of what.
    unit
        What the values are.
    weight
        As in :func:`walk`.
    score
        How the score of the hit comes from these sums, for the lines under the title.

    Raises
    ------
    InputError
        A value is not finite, or a list holds every gene.
    """
    genes = sorted(values, key=lambda gene: (-values[gene], gene))
    numbers = np.array([values[gene] for gene in genes], dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise InputError(
            f"{int((~np.isfinite(numbers)).sum())} values of the signature are not finite; leave those genes out"
        )
    lists = {"up": set(up), "down": set(down)}
    walks = {
        side: walk(numbers, np.array([gene in wanted for gene in genes]), weight=weight)
        for side, wanted in lists.items()
        if wanted & values.keys()
    }
    if not walks:
        reason = f"none of the {len(lists['up'] | lists['down'])} genes of the query is in the signature"
        return look.nothing(title, reason, about=[dataset], simulated=simulated)
    found = [
        f"{side}: ES {one.peak:+.2f} over {len(one.places)} of {len(lists[side])} genes" for side, one in walks.items()
    ]
    about = [
        f"{dataset + ': ' if dataset else ''}{len(genes):,} genes ranked by {unit}; {'; '.join(found)}",
        "Running sum: up by the gene's share of the list's |values|, down at genes outside; a dot marks the peak (ES)",
        *([score] if score else []),
    ]
    body: Spec = {
        "vconcat": [_sums(walks, n=len(genes)), _rug(walks, genes, numbers), _signature(numbers, unit)],
        "spacing": 6,
    }
    return look.figure(title, body, about=about, simulated=simulated)


def _colour(walks: Mapping[str, Walk], *, legend: bool) -> Spec:
    """Encode which list."""
    names = [SIDES[side][0] for side in walks]
    scale = {"domain": names, "range": [SIDES[side][1] for side in walks]}
    return {"field": "list", "type": "nominal", "scale": scale, "legend": look.legend(None) if legend else None}


def _ranks(n: int, *, labels: bool) -> Spec:
    """Encode the place in the signature."""
    shown = {} if labels else {"labels": False, "ticks": False, "domain": False}
    title = "place in the signature, highest first" if labels else None
    return look.quantity("place", title, (0, n + 1), grid=False, format=",d", tickMinStep=1, **shown)


def _sums(walks: Mapping[str, Walk], *, n: int) -> Spec:
    """Draw the running sums: between genes of the list they fall evenly, so the corners say all."""
    rows: list[dict[str, Any]] = []
    peaks: list[dict[str, Any]] = []
    for side, one in walks.items():
        corners = np.unique(np.concatenate([[0, n], one.places - 1, one.places]))
        if len(corners) > 2 * _MOST_STEPS:
            kept = np.linspace(0, len(corners) - 1, 2 * _MOST_STEPS).astype(np.int64)
            corners = np.unique(np.concatenate([corners[kept], [one.peak_at]]))
        rows += [
            {"place": int(at), "es": round(float(one.sums[at]), 5), "list": SIDES[side][0]} for at in corners.tolist()
        ]
        peaks.append({"place": one.peak_at, "es": round(one.peak, 5), "list": SIDES[side][0]})
    low, high = min(row["es"] for row in rows), max(row["es"] for row in rows)
    air = 0.06 * max(high - low, 0.1)
    y = look.quantity("es", "running sum (-1 to 1)", (low - air, high + air))
    channels = {"x": _ranks(n, labels=False), "y": y, "color": _colour(walks, legend=True)}
    tooltip = [{"field": "list", "type": "nominal"}, {"field": "es", "type": "quantitative", "title": "ES"},
               {"field": "place", "type": "quantitative"}]  # fmt: skip
    return {
        "width": WIDTH,
        "height": TALL,
        "layer": [
            look.rule(y=0.0, colour="#BBBBBB"),
            {"name": "sums", "data": look.data(rows), "mark": {"type": "line", "strokeWidth": 2}, "encoding": channels},
            {"name": "peaks", "data": look.data(peaks), "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
             "encoding": {**channels, "tooltip": tooltip}},
        ],
    }  # fmt: skip


def _rug(walks: Mapping[str, Walk], genes: Sequence[str], values: NDArray[np.float64]) -> Spec:
    """Draw a stroke at each gene of the lists, a line of strokes for each list."""
    rows = [
        {"place": place, "list": SIDES[side][0], "row": side, "gene": genes[place - 1],
         "value": round(float(values[place - 1]), 4)}
        for side, one in walks.items() for place in one.places.tolist()
    ]  # fmt: skip
    mark = {"type": "tick", "orient": "vertical", "thickness": 1.2, "height": RUG / 2 - 2, "opacity": 0.8}
    y = {
        "field": "row",
        "type": "nominal",
        "sort": list(walks),
        "axis": {"title": None, "domain": False, "ticks": False},
    }
    tooltip = [{"field": "gene", "type": "nominal"}, {"field": "value", "type": "quantitative"},
               {"field": "place", "type": "quantitative"}]  # fmt: skip
    channels = {
        "x": _ranks(len(genes), labels=False),
        "y": y,
        "color": _colour(walks, legend=False),
        "tooltip": tooltip,
    }
    size = {"width": WIDTH, "height": {"step": RUG / 2}}
    return {"name": "rug", **size, "data": look.data(rows), "mark": mark, "encoding": channels}


def _signature(values: NDArray[np.float64], unit: str) -> Spec:
    """Draw the ranked values."""
    at = np.unique(np.linspace(0, len(values) - 1, min(len(values), 600)).astype(np.int64))
    rows = [{"place": place + 1, "value": round(float(values[place]), 4)} for place in at.tolist()]
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    air = 0.05 * max(high - low, 1e-6)
    y = look.quantity("value", unit, (low - air, high + air), tickCount=3)
    mark = {"type": "area", "color": "#C8C8C8", "line": {"color": look.GREY, "strokeWidth": 1}}
    channels = {"x": _ranks(len(values), labels=True), "y": y}
    return {
        "name": "signature",
        "width": WIDTH,
        "height": STRIP,
        "data": look.data(rows),
        "mark": mark,
        "encoding": channels,
    }
