"""What scores noise alone gives: for every signature, for plate-mates and others, and out in the tail."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.tails import NullDistribution, fit_null

MIN_NULL = 50
PLATE_PRIOR = 50.0  # weight, in null scores, of all queries together against one query's own same-plate mean
WINSOR = 3.0
MOST_QUERIES = 500
MATRIX = 2
BLOCK_ROWS = 512
FORMAT = 1
LEAST_PLATES = 3  # fewer, and their resampling says nothing of how plates differ
RESAMPLINGS = 40
MOST_RESAMPLED = 60  # signatures through which each resampling is seen
T_GRID = np.linspace(-4.0, 14.0, 73)


@dataclass(frozen=True, slots=True, kw_only=True)
class NullScale:
    """Mean and spread of one profile's scores to null profiles, of other plates (first) and of its own (second)."""

    location: NDArray[np.float64]
    scale: NDArray[np.float64]
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NullModel:
    """What scores to expect of signatures that have nothing in common but noise.

    ``location`` and ``scale`` have shape (n_signatures, 2): other plates, same plate. ``upper`` and ``lower`` hold the
    distribution of standardized null scores for both plate relations; ``lower`` that of their negatives, for reversal.
    ``center`` and ``ratio`` are what same-plate scores have in common over all signatures. ``source`` says what the
    null is made of. ``resampled`` holds log p on a grid of standardized scores for each resampling of the null's plates,
    shape (n_resamplings, 2 sides, 2 relations, n_grid); None where there are too few plates.
    """

    location: NDArray[np.float64]
    scale: NDArray[np.float64]
    upper: tuple[NullDistribution, NullDistribution]
    lower: tuple[NullDistribution, NullDistribution]
    center: float
    ratio: float
    n_null: int
    source: str
    notes: tuple[str, ...] = ()
    resampled: NDArray[np.float64] | None = None

    def scale_of(self, null_scores: ArrayLike, *, same_plate: ArrayLike, exclude: ArrayLike | None = None) -> NullScale:
        """Standardize a query by its scores to the null profiles.

        Parameters
        ----------
        null_scores
            Scores of the query to every null profile, shape (n_null,).
        same_plate
            Which null profiles are of a plate of the query, shape (n_null,); all False for outside queries.
        exclude
            Null profiles that share wells with the query.

        Returns
        -------
        NullScale
            For :meth:`p_noise`.
        """
        scores = np.asarray(null_scores, dtype=np.float64)[np.newaxis]
        same = np.asarray(same_plate, dtype=bool)[np.newaxis]
        left_out = np.zeros(same.shape, dtype=bool) if exclude is None else np.asarray(exclude, dtype=bool)[np.newaxis]
        location, scale, n = _scales(scores, same, left_out, center=self.center, ratio=self.ratio)
        return NullScale(location=location[0], scale=scale[0], n=int(n[0]))

    def scale_at(self, row: int) -> NullScale:
        """Give the scale of a signature of the fit, for a query that is one of them."""
        return NullScale(location=self.location[row], scale=self.scale[row], n=self.n_null)

    def standardize(
        self, scores: ArrayLike, *, query: NullScale, rows: ArrayLike, same_plate: ArrayLike
    ) -> NDArray[np.float64]:
        """Express scores in spreads of the null: of the wider of the two sides, query and reference.

        Parameters
        ----------
        scores
            Scores of the query to references, shape (n,).
        query
            Of the query.
        rows
            Which signatures of the fit the references are, shape (n,).
        same_plate
            Which references share a plate with the query, shape (n,).

        Returns
        -------
        ndarray
            Shape (n,).
        """
        at = np.asarray(rows, dtype=np.int64)
        relation = np.asarray(same_plate, dtype=bool).astype(np.int64)
        center = (query.location[relation] + self.location[at, relation]) / 2.0
        spread = np.maximum(query.scale[relation], self.scale[at, relation])
        return np.asarray((np.asarray(scores, dtype=np.float64) - center) / spread)

    def p_noise(
        self, scores: ArrayLike, *, query: NullScale, rows: ArrayLike, same_plate: ArrayLike, reverse: bool = False
    ) -> NDArray[np.float64]:
        """Give the probability that noise alone gives a score as high, for references of the same plate relation.

        Parameters
        ----------
        scores, query, rows, same_plate
            As in :meth:`standardize`.
        reverse
            As *low* instead: the query looks for opposites.

        Returns
        -------
        ndarray
            Shape (n,), in (0, 1].
        """
        t = self.standardize(scores, query=query, rows=rows, same_plate=same_plate)
        sides = self.lower if reverse else self.upper
        t = -t if reverse else t
        same = np.broadcast_to(np.asarray(same_plate, dtype=bool), t.shape)
        p = sides[0].p_value(t)
        if same.any():
            p[same] = sides[1].p_value(t[same])
        return p

    def small_p(
        self, scores: ArrayLike, *, row: int, same_plate: ArrayLike, level: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Find the signatures whose :meth:`p_noise` may be below a level, asked with one of the signatures of the fit.

        Parameters
        ----------
        scores
            Of that signature to all of the fit, shape (n_signatures,).
        row
            Which one it is.
        same_plate
            Which share a plate with it, shape (n_signatures,).
        level
            All with a smaller p are found, and some more.

        Returns
        -------
        tuple of ndarray
            Rows, and their p, to the last bit as :meth:`p_noise` gives it.
        """
        given, same = np.asarray(scores, dtype=np.float64), np.asarray(same_plate, dtype=bool)
        found = np.zeros(len(given), dtype=bool)
        for relation, on_plate in enumerate((False, True)):
            at = np.flatnonzero(same) if on_plate else slice(None)
            center = (self.location[row, relation] + self.location[at, relation]) / 2.0
            spread = np.maximum(self.scale[row, relation], self.scale[at, relation])
            found[at] = (given[at] - center) / spread >= self.upper[relation].least(level)
        rows = np.flatnonzero(found)
        return rows, self.p_noise(given[rows], query=self.scale_at(row), rows=rows, same_plate=same[rows])

    def p_interval(
        self,
        scores: ArrayLike,
        *,
        null_scores: ArrayLike,
        null_plates: Sequence[str | None],
        null_same_plate: ArrayLike,
        exclude: ArrayLike | None = None,
        rows: ArrayLike,
        same_plate: ArrayLike,
        reverse: bool = False,
        level: float = 0.95,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Say how well p_noise is known: null profiles share wells, so their plates are drawn anew, not they.

        Parameters
        ----------
        scores, rows, same_plate, reverse
            As in :meth:`p_noise`.
        null_scores, null_plates, null_same_plate, exclude
            The query against every null profile, as in :meth:`scale_of`, and the plate of each.
        level
            Coverage of the interval over the resamplings.

        Returns
        -------
        tuple of ndarray or None
            Lower and upper end, shape (n,) each; None where the null has fewer than three plates.
        """
        if self.resampled is None:
            return None
        own = np.asarray(null_scores, dtype=np.float64)
        near = np.asarray(null_same_plate, dtype=bool)
        left_out = np.zeros(len(own), dtype=bool) if exclude is None else np.asarray(exclude, dtype=bool)
        times = _drawn_times(tuple(null_plates), len(self.resampled)) * ~left_out
        if not len(times) or not times.any(axis=1).all():
            return None
        at, relation = np.asarray(rows, dtype=np.int64), np.asarray(same_plate, dtype=bool).astype(np.int64)
        given = np.asarray(scores, dtype=np.float64)
        location, scale = _drawn_scales(own, near, times, center=self.center, ratio=self.ratio)
        middle = (location[:, relation] + self.location[at, relation]) / 2.0
        t = (given - middle) / np.maximum(scale[:, relation], self.scale[at, relation])
        curves = self.resampled[:, int(reverse)]
        found = np.empty(t.shape)
        for draw, values in enumerate(-t if reverse else t):
            sides = [np.interp(values, T_GRID, curve) for curve in curves[draw]]
            found[draw] = np.exp(np.where(relation == 1, sides[1], sides[0]))
        low, high = np.quantile(found, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
        return low, high

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Give the arrays to store; with :meth:`settings` they rebuild the model."""
        arrays = {"location": self.location, "scale": self.scale}
        return arrays if self.resampled is None else {**arrays, "resampled": self.resampled}

    def settings(self) -> dict[str, Any]:
        """Give the rest as plain JSON."""
        return {
            "format": FORMAT,
            "upper": [one.to_json() for one in self.upper],
            "lower": [one.to_json() for one in self.lower],
            "center": self.center,
            "ratio": self.ratio,
            "n_null": self.n_null,
            "source": self.source,
            "notes": list(self.notes),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], settings: Mapping[str, Any]) -> NullModel:
        """Rebuild a stored model.

        Raises
        ------
        InputError
            The settings were written by another version of this format.
        """
        if settings.get("format") != FORMAT:
            raise InputError(f"A null of format {settings.get('format')}; expected {FORMAT}; build it again")
        upper, lower = (tuple(NullDistribution.from_json(one) for one in settings[side]) for side in ("upper", "lower"))
        return cls(
            location=np.asarray(arrays["location"], dtype=np.float64),
            scale=np.asarray(arrays["scale"], dtype=np.float64),
            upper=(upper[0], upper[1]),
            lower=(lower[0], lower[1]),
            center=float(settings["center"]),
            ratio=float(settings["ratio"]),
            n_null=int(settings["n_null"]),
            source=str(settings["source"]),
            notes=tuple(settings["notes"]),
            resampled=np.asarray(arrays["resampled"], dtype=np.float64) if "resampled" in arrays else None,
        )


def fit_null_model(
    features: ArrayLike,
    *,
    plates: Sequence[str | None],
    members: Sequence[Sequence[Hashable]],
    null_features: ArrayLike,
    null_plates: Sequence[str | None],
    null_members: Sequence[Sequence[Hashable]],
    source: str = "wells without an effect",
) -> NullModel:
    r"""Learn what scores noise gives, for every signature and for both plate relations.

    The scores of a signature to the null profiles have a mean and a spread of its own: a signature along noisy
    directions gets higher scores by chance. Scores are standardized by the wider spread of the two sides, since either
    may be the one without an effect. The standardized scores of the null profiles, all signatures together, give the
    distribution, which a generalized Pareto tail extends. The null profiles share wells among themselves; as each
    enters through many signatures, their number bounds what is known, and ``n_null`` tells it.

    Parameters
    ----------
    features
        Features of the signatures, shape (n, d).
    plates
        Plate of each, None where unknown or several.
    members
        Wells (or whatever two profiles could share) that each signature is made of.
    null_features, null_plates, null_members
        The same for null profiles, shape (n_null, d): vehicle wells as if they were compounds, differences of
        replicates, pairs of different inactive compounds.
    source
        What they are, for the answer.

    Returns
    -------
    NullModel
        Per signature and pooled.

    Raises
    ------
    InputError
        There are fewer than 50 null profiles, or shapes disagree.
    """
    rows, null = unit_rows(features), unit_rows(null_features)
    _check(rows, null, (plates, members), (null_plates, null_members))
    same = _same(plates, null_plates)
    shared = _shared(members, null_members)
    scores = rows @ null.T
    center, ratio = _plate_constants(scores, same & ~shared, ~same & ~shared)
    location, scale, _ = _scales(scores, same, shared, center=center, ratio=ratio)
    null_same, null_shared = _same(null_plates, null_plates), _shared(null_members, null_members)
    null_location, null_scale, _ = _scales(null @ null.T, null_same, null_shared, center=center, ratio=ratio)
    at = np.arange(len(rows))
    if len(rows) > MOST_QUERIES:
        at = np.linspace(0, len(rows) - 1, MOST_QUERIES).round().astype(np.int64)
    relation = same[at].astype(np.int64)
    columns = np.broadcast_to(np.arange(len(null)), relation.shape)
    middle = (np.take_along_axis(location[at], relation, axis=1) + null_location[columns, relation]) / 2.0
    spread = np.maximum(np.take_along_axis(scale[at], relation, axis=1), null_scale[columns, relation])
    t = np.where(shared[at], np.nan, (scores[at] - middle) / spread)
    notes: tuple[str, ...] = ()
    other = t[~same[at]]
    own = t[same[at]]
    if np.isfinite(own).sum() < MIN_NULL or np.isfinite(other).sum() < MIN_NULL:
        notes = ("one plate relation has too few null scores; both are calibrated together",)
        own = other = t
    return NullModel(
        location=location,
        scale=scale,
        upper=(fit_null(other), fit_null(own)),
        lower=(fit_null(-other), fit_null(-own)),
        center=center,
        ratio=ratio,
        n_null=len(null),
        source=source,
        notes=notes,
        resampled=_resampled(t, same[at], null_plates),
    )


def resampled_columns(null_plates: Sequence[str | None], *, n: int = RESAMPLINGS) -> list[NDArray[np.int64]]:
    """Draw plates anew, with replacement, and give the null profiles of each draw.

    Parameters
    ----------
    null_plates
        Plate of each null profile; profiles of no known plate stay in every draw.
    n
        How many draws; always the same ones.

    Returns
    -------
    list of ndarray
        Places of null profiles, repeated as often as their plate was drawn. Empty with fewer than three plates.

    Examples
    --------
    >>> len(resampled_columns(["a", "b", "c"] * 4)), resampled_columns(["a", "b"])
    (40, [])
    """
    return list(_drawn(tuple(null_plates), n))


@lru_cache(maxsize=4)
def _drawn(null_plates: tuple[str | None, ...], n: int) -> tuple[NDArray[np.int64], ...]:
    """Draw plates; the same draws serve every question to a dataset."""
    by_plate: dict[str, list[int]] = {}
    loose = [place for place, plate in enumerate(null_plates) if plate is None]
    for place, plate in enumerate(null_plates):
        if plate is not None:
            by_plate.setdefault(plate, []).append(place)
    if len(by_plate) < LEAST_PLATES:
        return ()
    members = [np.array(by_plate[name], dtype=np.int64) for name in sorted(by_plate)]
    always = np.array(loose, dtype=np.int64)
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(members), (n, len(members)))
    return tuple(np.concatenate([always, *(members[plate] for plate in draw)]) for draw in draws.tolist())


@lru_cache(maxsize=4)
def _drawn_times(null_plates: tuple[str | None, ...], n: int) -> NDArray[np.float64]:
    """Count how often each draw holds each null profile, shape (n_draws, n_null)."""
    draws = _drawn(null_plates, n)
    times = [np.bincount(columns, minlength=len(null_plates)) for columns in draws]
    return np.array(times, dtype=np.float64).reshape(len(draws), len(null_plates))


def _drawn_scales(
    scores: NDArray[np.float64], same: NDArray[np.bool_], times: NDArray[np.float64], *, center: float, ratio: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Location and scale (n_draws, 2) as :func:`_scales` gives them, each null score taken so many times."""
    scaled = (scores - np.where(same, center, 0.0)) / np.where(same, ratio, 1.0)
    order = np.argsort(scaled)
    ordered, weights, near = scaled[order], times[:, order], same[order]
    upto = np.cumsum(weights, axis=1)
    n = upto[:, -1]
    low, middle, high = (
        ordered[
            [
                np.searchsorted(row, place, side="right")
                for row, place in zip(upto, np.rint(level * (n - 1)), strict=True)
            ]
        ]
        for level in (0.1587, 0.5, 0.8413)
    )
    rough = WINSOR * np.maximum((high - low) / 2.0, 1e-12)
    tame = np.clip(ordered, (middle - rough)[:, np.newaxis], (middle + rough)[:, np.newaxis])
    location = np.einsum("ij,ij->i", weights, tame) / n
    tame -= location[:, np.newaxis]
    own = (weights[:, near] * tame[:, near]).sum(axis=1)
    moved = own / (weights[:, near].sum(axis=1) + PLATE_PRIOR)
    np.square(tame, out=tame)
    scale = np.maximum(np.sqrt(np.einsum("ij,ij->i", weights, tame) / n), 1e-9)
    return (
        np.stack([location, center + ratio * (location + moved)], axis=1),
        np.stack([scale, scale * ratio], axis=1),
    )


def _resampled(
    t: NDArray[np.float64], same: NDArray[np.bool_], null_plates: Sequence[str | None]
) -> NDArray[np.float64] | None:
    """Fit the distribution of null scores again for each draw of plates; log p on a grid, both sides and relations."""
    draws = resampled_columns(null_plates)
    if not draws:
        return None
    few = np.linspace(0, len(t) - 1, min(len(t), MOST_RESAMPLED)).round().astype(np.int64)
    curves = np.empty((len(draws), 2, 2, len(T_GRID)))
    for draw, columns in enumerate(draws):
        values, near = t[np.ix_(few, columns)], same[np.ix_(few, columns)]
        other, own = values[~near], values[near]
        if np.isfinite(own).sum() < MIN_NULL or np.isfinite(other).sum() < MIN_NULL:
            other = own = values
        for relation, sample in enumerate((other, own)):
            for side, signed in enumerate((sample, -sample)):
                curves[draw, side, relation] = np.log(fit_null(signed).p_value(T_GRID))
    return curves


def unit_rows(features: ArrayLike) -> NDArray[np.floating]:
    """Bring rows to unit length, zero rows left as they are; float32 stays float32."""
    rows = np.asarray(features)
    if rows.dtype != np.float32:
        rows = rows.astype(np.float64)
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, np.newaxis]
    return np.asarray(rows / np.where(norms > 0, norms, 1).astype(rows.dtype))


def _scales(
    scores: NDArray[np.floating], same: NDArray[np.bool_], left_out: NDArray[np.bool_], *, center: float, ratio: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Location and scale (n, 2) of each row, outliers winsorized; and how many null scores are behind it.

    All null scores together give the scale; the few of the own plate only shift the location of same-plate scores. Rows
    are looked at a block at a time: the numbers are wider than the scores, and there are several of each.
    """
    parts = [
        _scales_of(scores[at], same[at], left_out[at], center=center, ratio=ratio)
        for at in (slice(start, start + BLOCK_ROWS) for start in range(0, max(len(scores), 1), BLOCK_ROWS))
    ]
    location, scale, n = (np.concatenate(column) for column in zip(*parts, strict=True))
    return location, scale, n


def _scales_of(
    scores: NDArray[np.floating], same: NDArray[np.bool_], left_out: NDArray[np.bool_], *, center: float, ratio: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Location, scale and number of null scores of a block of rows."""
    values = np.where(left_out, np.nan, scores).astype(np.float64)
    if left_out.all(axis=1).any():
        raise InputError("A profile shares wells with every null profile; expected some that share none with it")
    scaled = values - np.where(same, center, 0.0)
    scaled /= np.where(same, ratio, 1.0)
    low, middle, high = _quantiles(scaled, (0.1587, 0.5, 0.8413))
    rough = np.maximum((high - low) / 2.0, 1e-12)[:, np.newaxis]
    tame = np.clip(scaled, middle[:, np.newaxis] - WINSOR * rough, middle[:, np.newaxis] + WINSOR * rough)
    location, scale = np.nanmean(tame, axis=1), np.maximum(np.nanstd(tame, axis=1), 1e-9)
    own = np.where(same & ~left_out, tame - location[:, np.newaxis], 0.0).sum(axis=1)
    moved = own / ((same & ~left_out).sum(axis=1) + PLATE_PRIOR)
    return (
        np.stack([location, center + ratio * (location + moved)], axis=1),
        np.stack([scale, scale * ratio], axis=1),
        np.asarray((~left_out).sum(axis=1)),
    )


def _quantiles(values: NDArray[np.float64], levels: Sequence[float]) -> list[NDArray[np.float64]]:
    """Nearest quantiles of each row, NaN left out; much faster than NumPy's on rows with NaN."""
    ordered = np.sort(values, axis=1)
    known = np.maximum(np.isfinite(ordered).sum(axis=1), 1)
    rows = np.arange(len(ordered))
    return [ordered[rows, np.rint(level * (known - 1)).astype(np.int64)] for level in levels]


def _plate_constants(
    scores: NDArray[np.floating], own: NDArray[np.bool_], others: NDArray[np.bool_]
) -> tuple[float, float]:
    """Difference in mean and ratio in spread of same-plate null scores to the others, over all signatures."""
    if own.sum() < MIN_NULL or others.sum() < MIN_NULL:
        return 0.0, 1.0
    near, far = scores[own], scores[others]
    spreads = [float(np.subtract(*np.quantile(values, [0.8413, 0.1587]))) for values in (near, far)]
    return float(np.median(near) - np.median(far)), spreads[0] / spreads[1] if min(spreads) > 0 else 1.0


def _same(plates: Sequence[str | None], others: Sequence[str | None]) -> NDArray[np.bool_]:
    """Which pairs share a plate; None shares none."""
    left, right = (np.array(["" if one is None else one for one in labels], dtype=str) for labels in (plates, others))
    return np.asarray((left[:, np.newaxis] == right) & (left != "")[:, np.newaxis])


def _shared(members: Sequence[Sequence[Hashable]], others: Sequence[Sequence[Hashable]]) -> NDArray[np.bool_]:
    """Which pairs share a member."""
    held: dict[Hashable, list[int]] = {}
    for column, names in enumerate(others):
        for name in names:
            held.setdefault(name, []).append(column)
    result = np.zeros((len(members), len(others)), dtype=bool)
    for row, names in enumerate(members):
        for name in names:
            result[row, held.get(name, [])] = True
    return result


def _check(
    rows: NDArray[Any], null: NDArray[Any], labels: Sequence[Sequence[object]], null_labels: Sequence[Sequence[object]]
) -> None:
    """Refuse shapes that disagree and nulls that say nothing."""
    if len(null) < MIN_NULL:
        raise InputError(f"{len(null)} null profiles; expected {MIN_NULL} or more to calibrate scores with")
    if rows.ndim != MATRIX or rows.shape[1] != null.shape[1]:
        raise InputError(f"Features have shape {rows.shape}, null features {null.shape}; expected the same width")
    if {len(one) for one in labels} != {len(rows)} or {len(one) for one in null_labels} != {len(null)}:
        raise InputError("Features, plates and members differ in number; expected one plate and members per row")
