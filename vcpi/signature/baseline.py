"""What the wells of a plate are compared with, and how uncertain that is.

Eight vehicle wells are a noisy baseline, and all wells of a plate share its noise: two inactive compounds with two
wells each then correlate at 0.2. The default, ``hybrid``, starts from the center of the plate's library wells, adds
what vehicle wells differ from it over all plates, and moves towards the plate's own vehicle wells only for genes where
that difference varies between plates by more than noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcpi.errors import InputError
from vcpi.signature.variance import TRIM_FACTOR, Noise, PlateSummary, pooled_variance, same_genes, trimmed_mean

BaselineMethod = Literal["hybrid", "vehicle_plate", "vehicle_pooled", "plate_center", "contest"]

MIN_TREATMENTS = 10  # fewer treatments on a plate, and their center says what they do, not what the plate does
MIN_PLATES = 2  # to see a difference between plates
PRIOR_PLATES = 10.0  # weight, in plates, of all genes together against one gene's own spread between plates
ACTIVE_SHARE = 0.25  # from here on the center is taken to be biased; HTS practice puts the break near 20 % hits


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the wells of one plate are compared with.

    ``values`` has shape (n_genes,). In units of the well variance σ², each a number or of shape (n_genes,):
    ``variance_factor`` is the variance of the baseline, ``shared_factor`` the covariance that two *library* wells of
    the plate get from being compared with it (the center holds the library wells themselves, which takes away twice
    their covariance with it; negative values are right). ``note`` says what wasn't possible, else it is empty.
    """

    plate: str
    method: BaselineMethod
    values: NDArray[np.float64]
    variance_factor: float | NDArray[np.float64]
    shared_factor: float | NDArray[np.float64]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineModel:
    """A baseline method fitted to the plates of a dataset; :meth:`of` gives the baseline of a plate.

    ``offset`` is what vehicle wells differ from the plate center over all plates, already shrunk by ``shrink`` (0: no
    difference seen beyond noise, 1: fully trusted); ``spread`` is the variance of that difference between plates (for
    ``vehicle_pooled``, of the vehicle means) in units of σ², both of shape (n_genes,). ``pooled`` is the mean of all ``n_pooled`` vehicle wells.
    """

    method: BaselineMethod
    noise: Noise | None
    plates: Mapping[str, PlateSummary]
    offset: NDArray[np.float64]
    shrink: float
    spread: NDArray[np.float64]
    difference_factors: Mapping[str, float]
    pooled: NDArray[np.float64] | None
    n_pooled: int
    active_share: Mapping[str, float]
    notes: tuple[str, ...] = ()

    def of(self, plate: str, *, left_out: ArrayLike | None = None) -> Baseline:
        """Give the baseline of a plate.

        Parameters
        ----------
        plate
            Name of one of the plates that the model was fitted to.
        left_out
            Profiles of usable vehicle wells of this plate to leave out of its vehicle mean, shape (n_wells, n_genes):
            they are then judged like a compound. What the model learned over all plates stays.

        Returns
        -------
        Baseline
            Values and variance factors.

        Raises
        ------
        InputError
            The plate isn't known or can't have this baseline.
        """
        summary = self.plates.get(plate)
        if summary is None:
            raise InputError(f"No plate {plate!r} in this dataset; expected one of its {len(self.plates)} plates")
        rows = np.zeros((0, summary.n_genes)) if left_out is None else np.asarray(left_out, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != summary.n_genes:  # noqa: PLR2004
            raise InputError(f"left_out has shape {rows.shape}; expected (n_wells, {summary.n_genes})")
        without = _without(summary, rows)
        if self.method == "contest":
            return _contest(without)
        if self.method == "vehicle_plate":
            return _vehicle_plate(without)
        if self.method == "plate_center":
            return _plate_center(without)
        if self.method == "vehicle_pooled":
            return self._vehicle_pooled(without, rows)
        return self._hybrid(without, offset=self._offset(summary, without))

    def _vehicle_pooled(self, summary: PlateSummary, left_out: NDArray[np.float64]) -> Baseline:
        """Mean of the vehicle wells of all plates."""
        n = self.n_pooled - len(left_out)
        if self.pooled is None or n < 1:
            raise InputError("No vehicle well in the dataset; ask for the baseline 'plate_center' or 'contest'")
        values = (self.n_pooled * self.pooled - left_out.sum(axis=0)) / n
        # the plate's own effect against the mean of all, which holds it where it has vehicle wells
        share = 1.0 / sum(plate.n_vehicle > 0 for plate in self.plates.values())
        factor = 1.0 / n + self.spread * (1.0 - share if self.plates[summary.plate].n_vehicle else 1.0 + share)
        return replace(_baseline(summary, "vehicle_pooled", values, 0.0), variance_factor=factor, shared_factor=factor)

    def _offset(self, summary: PlateSummary, without: PlateSummary) -> NDArray[np.float64]:
        """Give the common offset without what left-out wells added to it; the plates count alike."""
        if summary.vehicle_mean is None or without.vehicle_mean is None or summary.plate not in self.difference_factors:
            return self.offset
        moved = (without.vehicle_mean - summary.vehicle_mean) / len(self.difference_factors)
        return self.offset + self.shrink * moved

    def _hybrid(self, summary: PlateSummary, *, offset: NDArray[np.float64]) -> Baseline:
        """Center plus common offset, moved towards the plate's own vehicle mean where plates differ."""
        reason = _no_center(summary)
        if reason:
            if summary.vehicle_mean is None:
                raise InputError(
                    f"Plate {summary.plate} has {reason} and no usable vehicle well; leave it out or ask for 'contest'"
                )
            note = f"plate {summary.plate} has {reason}; its baseline is the mean of its vehicle wells"
            return replace(_vehicle_plate(summary), method="hybrid", note=note)
        center = np.asarray(summary.center)
        expected = center + offset
        weight = self._weight(summary)
        moved = expected if summary.vehicle_mean is None else expected + weight * (summary.vehicle_mean - expected)
        factor, own = self._hybrid_factors(summary, weight)
        return Baseline(
            plate=summary.plate,
            method="hybrid",
            values=moved,
            variance_factor=factor,
            shared_factor=factor - 2.0 * own,
            note=self._hybrid_note(summary),
        )

    def _weight(self, summary: PlateSummary) -> NDArray[np.float64]:
        """How far to move towards the plate's own vehicle mean: spread / (spread + 1/n), raised on active plates."""
        if summary.n_vehicle == 0:
            return np.zeros_like(self.spread)
        weight = self.spread / (self.spread + 1.0 / summary.n_vehicle)
        raised = np.clip((self.active_share.get(summary.plate, 0.0) - ACTIVE_SHARE) / ACTIVE_SHARE, 0.0, 1.0)
        return np.asarray(weight + (1.0 - weight) * raised)

    def _hybrid_factors(
        self, summary: PlateSummary, weight: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean squared error of the hybrid and its covariance with one library well, in units of σ².

        The baseline is linear in center, own vehicle mean and the differences of the other plates; each enters with
        its variance. A plate's true difference varies by ``spread`` about the offset.
        """
        rest = 1.0 - weight
        n_plates = len(self.difference_factors)
        share = self.shrink / n_plates if summary.plate in self.difference_factors else 0.0
        vehicle = 1.0 / summary.n_vehicle if summary.n_vehicle else 0.0
        others = [factor for plate, factor in self.difference_factors.items() if plate != summary.plate]
        on_center = rest * (1.0 - share)
        factor = on_center**2 * (TRIM_FACTOR / summary.n_library + self.spread) + (weight + rest * share) ** 2 * vehicle
        if n_plates:
            factor += (rest * self.shrink / n_plates) ** 2 * (math.fsum(others) + len(others) * self.spread)
            mean_factor = (math.fsum(self.difference_factors.values()) / n_plates + self.spread) / n_plates
            factor += rest**2 * self.shrink * (1.0 - self.shrink) * mean_factor
        return factor, on_center / summary.n_library

    def _hybrid_note(self, summary: PlateSummary) -> str:
        """Say what wasn't possible on this plate."""
        if summary.n_vehicle == 0:
            return f"plate {summary.plate} has no usable vehicle well; its baseline rests on its library wells"
        return ""


def fit_baselines(
    summaries: Iterable[PlateSummary],
    *,
    method: BaselineMethod = "hybrid",
    noise: Noise | None = None,
    active_share: Mapping[str, float] | None = None,
) -> BaselineModel:
    """Learn from all plates of a dataset what each plate's baseline needs.

    ``hybrid``: b = m + δ + w (d - m - δ), where m is the plate's center, d its vehicle mean, δ the robust mean of
    d - m over plates, w = τ² / (τ² + σ²/n) and τ² the variance of d - m between plates beyond noise. δ is shrunk
    towards 0 by the James-Stein factor over genes, and each gene's τ²/σ² towards the mean of the genes with the weight
    of ten plates, so that the formula holds down to one plate, where τ² can't be seen and only the shrunk δ is left.

    Parameters
    ----------
    summaries
        All plates of a dataset.
    method
        ``hybrid``; ``vehicle_plate`` (mean of the plate's vehicle wells); ``vehicle_pooled`` (of all plates');
        ``plate_center`` (trimmed mean of the library wells); ``contest`` (nothing is subtracted).
    noise
        Well-to-well variance. Default: :func:`~vcpi.signature.variance.pooled_variance` of the plates.
    active_share
        Share of active wells on a plate, in [0, 1], where known: above a quarter the center is biased, and ``hybrid``
        moves towards the plate's vehicle wells, fully from one half on.

    Returns
    -------
    BaselineModel
        ``.of(plate)`` gives a plate's baseline; ``.notes`` says what wasn't possible.

    Raises
    ------
    InputError
        The method is unknown, there is no plate, or the noise can't be estimated.
    """
    if method not in get_args(BaselineMethod):
        raise InputError(f"Unknown baseline {method!r}; expected one of {', '.join(get_args(BaselineMethod))}")
    plates = same_genes(summaries)
    n_pooled = sum(plate.n_vehicle for plate in plates)
    sums = [plate.n_vehicle * plate.vehicle_mean for plate in plates if plate.vehicle_mean is not None]
    zeros = np.zeros(plates[0].n_genes)
    fitted = _Differences(offset=zeros, spread=zeros)
    if method == "hybrid":
        noise = pooled_variance(plates) if noise is None else noise
        fitted = _fit_differences(plates, noise)
    elif method == "vehicle_pooled":
        noise = pooled_variance(plates) if noise is None else noise
        fitted = _Differences(offset=zeros, spread=_fit_plate_effects(plates, noise))
    return BaselineModel(
        method=method,
        noise=noise,
        plates={plate.plate: plate for plate in plates},
        offset=fitted.offset,
        shrink=fitted.shrink,
        spread=fitted.spread,
        difference_factors=dict(fitted.factors),
        pooled=np.sum(sums, axis=0) / n_pooled if sums else None,
        n_pooled=n_pooled,
        active_share=dict(active_share or {}),
        notes=fitted.notes,
    )


def baselines(
    summaries: Iterable[PlateSummary],
    *,
    method: BaselineMethod = "hybrid",
    noise: Noise | None = None,
    active_share: Mapping[str, float] | None = None,
) -> dict[str, Baseline]:
    """Make the baseline of every plate: :func:`fit_baselines`, then :meth:`BaselineModel.of`.

    Parameters
    ----------
    summaries
        All plates of a dataset.
    method, noise, active_share
        As in :func:`fit_baselines`.

    Returns
    -------
    dict
        Plate → baseline.

    Raises
    ------
    InputError
        A plate can't have this baseline; the message names it and the way out.

    Examples
    --------
    >>> from vcpi.signature.variance import summarize_plate
    >>> plate = summarize_plate([[1.0], [3.0]], plate="p", roles=["vehicle"] * 2, groups=[None] * 2)
    >>> made = baselines([plate], method="vehicle_plate")["p"]
    >>> made.values.tolist(), made.variance_factor
    ([2.0], 0.5)
    """
    model = fit_baselines(summaries, method=method, noise=noise, active_share=active_share)
    return {plate: model.of(plate) for plate in model.plates}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Differences:
    """What the plates say of vehicle wells against library wells."""

    offset: NDArray[np.float64]
    spread: NDArray[np.float64]
    shrink: float = 0.0
    factors: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def _fit_differences(plates: tuple[PlateSummary, ...], noise: Noise) -> _Differences:
    """Offset and spread of vehicle mean minus center over the plates that have both."""
    both = [plate for plate in plates if plate.vehicle_mean is not None and not _no_center(plate)]
    zeros = np.zeros(plates[0].n_genes)
    if not both:
        note = "no plate has both vehicle wells and a center; hybrid uses the one that is there"
        return _Differences(offset=zeros, spread=zeros, notes=(note,))
    n = len(both)
    differences = np.array([np.asarray(plate.vehicle_mean) - np.asarray(plate.center) for plate in both])
    factors = {plate.plate: 1.0 / plate.n_vehicle + TRIM_FACTOR / plate.n_library for plate in both}
    sampling = math.fsum(factors.values()) / n
    mean = trimmed_mean(differences)
    own = differences.var(axis=0, ddof=1) / noise.sigma2 - sampling if n > 1 else np.zeros_like(mean)
    common = float(own.mean())
    spread = np.maximum((PRIOR_PLATES * common + (n - 1) * own) / (PRIOR_PLATES + n - 1), 0.0)
    robust = TRIM_FACTOR if int(0.2 * n) else 1.0
    seen = float((mean**2 / noise.sigma2).mean())
    chance = robust * (sampling + float(spread.mean())) / n
    shrink = max(0.0, 1.0 - chance / seen) if seen > 0 else 0.0
    note = (
        f"only plate {both[0].plate} has enough vehicle and library wells: one plate cannot show how plates differ, so its "
        "baseline is the middle of its library wells, moved a little towards its vehicle wells"
    )
    return _Differences(
        offset=shrink * mean, spread=spread, shrink=shrink, factors=factors, notes=(note,) if n == 1 else ()
    )


def _fit_plate_effects(plates: tuple[PlateSummary, ...], noise: Noise) -> NDArray[np.float64]:
    """Variance of the vehicle means between plates beyond noise, in units of σ²; 0 for one plate."""
    means = [plate.vehicle_mean for plate in plates if plate.vehicle_mean is not None]
    if len(means) < MIN_PLATES:
        return np.zeros(plates[0].n_genes)
    sampling = math.fsum(1.0 / plate.n_vehicle for plate in plates if plate.n_vehicle) / len(means)
    return np.asarray(np.maximum(np.var(means, axis=0, ddof=1) / noise.sigma2 - sampling, 0.0))


def _no_center(summary: PlateSummary) -> str:
    """Why the plate's library wells make no center, else nothing."""
    if summary.n_treatments >= MIN_TREATMENTS:
        return ""
    return f"{summary.n_treatments} library treatments (a center needs {MIN_TREATMENTS})"


def _without(summary: PlateSummary, left_out: NDArray[np.float64]) -> PlateSummary:
    """Take some vehicle wells of a plate out of their mean."""
    if not len(left_out):
        return summary
    n = summary.n_vehicle - len(left_out)
    if summary.vehicle_mean is None or n < 0:
        raise InputError(
            f"Plate {summary.plate} has {summary.n_vehicle} vehicle wells; can't leave out {len(left_out)}"
        )
    mean = (summary.n_vehicle * summary.vehicle_mean - left_out.sum(axis=0)) / n if n else None
    return replace(summary, vehicle_mean=mean, n_vehicle=n)


def _baseline(
    summary: PlateSummary, method: BaselineMethod, values: NDArray[np.float64], variance: float, *, own: float = 0.0
) -> Baseline:
    """Make a baseline whose uncertainty is the same for all genes."""
    return Baseline(
        plate=summary.plate,
        method=method,
        values=values,
        variance_factor=variance,
        shared_factor=variance - 2.0 * own,
    )


def _contest(summary: PlateSummary) -> Baseline:
    """Nothing to subtract."""
    return _baseline(summary, "contest", np.zeros(summary.n_genes), 0.0)


def _vehicle_plate(summary: PlateSummary) -> Baseline:
    """Mean of the plate's own vehicle wells."""
    if summary.vehicle_mean is None:
        raise InputError(
            f"Plate {summary.plate} has no usable vehicle well for the baseline 'vehicle_plate'; "
            "ask for 'hybrid' or 'plate_center', or leave the plate out"
        )
    return _baseline(summary, "vehicle_plate", summary.vehicle_mean, 1.0 / summary.n_vehicle)


def _plate_center(summary: PlateSummary) -> Baseline:
    """Trimmed mean of the plate's library wells."""
    if summary.center is None:
        raise InputError(
            f"Plate {summary.plate} has no usable library well for the baseline 'plate_center'; "
            "ask for 'vehicle_plate', or leave the plate out"
        )
    n = summary.n_library
    made = _baseline(summary, "plate_center", summary.center, TRIM_FACTOR / n, own=1.0 / n)
    reason = _no_center(summary)
    return replace(made, note=f"plate {summary.plate} has {reason}") if reason else made
