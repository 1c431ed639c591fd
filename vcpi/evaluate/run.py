"""The whole evaluation of a dataset, from arrays to one :class:`~vcpi.evaluate.report.Evaluation`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from vcpi.errors import InputError
from vcpi.evaluate.baselines import baseline_scores
from vcpi.evaluate.dose import DoseConsistency, dose_consistency
from vcpi.evaluate.leakage import N_NEAREST, Leakage, plate_leakage
from vcpi.evaluate.nullworld import Neighbours, PBlocks, judge_null, mean_pair_cosines, significant_neighbours
from vcpi.evaluate.report import BaselineResult, Evaluation, NullWorld
from vcpi.evaluate.retrieval import ReplicateRetrieval, Retrieval, class_retrieval, replicate_retrieval
from vcpi.evaluate.scores import ScoreBlocks, cosine_scores
from vcpi.evaluate.stability import Stability, neighbour_stability
from vcpi.evaluate.structure_link import FindAlike, StructureLink, structure_link

logger = logging.getLogger(__name__)
Features = NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WellInputs:
    """Signatures of single wells: features (m, d), treatment as an integer, plate, and strength of the treatment."""

    features: Features
    treatments: NDArray[np.int64]
    plates: tuple[str, ...]
    strength: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NullInputs:
    """Pseudo-compounds from vehicle wells: features (m, d), plate of each, and their p-values against signatures.

    ``gates`` of shape (m,) is the chance that wells without an effect agree as well as theirs, the lowest q they can have.
    """

    features: Features
    plates: tuple[str, ...]
    p_noise: PBlocks | None = None
    gates: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EvaluationInputs:
    """What is judged: one row a signature, n in all.

    Attributes
    ----------
    name, method, simulated
        Of the dataset; how its signatures were made, for the heading; whether it is simulated.
    features
        Search features, shape (n, d). Only their directions matter.
    compound_ids
        Compound of each signature, shape (n,).
    classes, plates
        Classes of its compound and plates of its wells; either may be empty.
    strength, active, n_replicates
        Of each signature, shape (n,).
    doses_um
        Dose in µM, NaN where not known; None where there are none.
    rna_output
        RNA of the wells relative to their plate, log2.
    fingerprints
        Packed fingerprints of the compounds, shape (n, n_bytes), rows of zeros where no structure is known.
    find_alike
        What finds pairs of fingerprints that are alike, where a structure search is at hand.
    wells, null
        Single wells and pseudo-compounds, where the dataset has them.
    p_noise
        p-values of query rows against all signatures, NaN for the query's own compound.
    perturbed
        Features of the same signatures after a change (half of the reads, two vehicle wells less), by name.
    """

    name: str
    features: Features
    compound_ids: NDArray[np.int64]
    classes: tuple[tuple[str, ...], ...]
    plates: tuple[tuple[str, ...], ...]
    strength: NDArray[np.float64]
    active: NDArray[np.bool_]
    n_replicates: NDArray[np.int64]
    method: str = ""
    simulated: bool = False
    doses_um: NDArray[np.float64] | None = None
    rna_output: NDArray[np.float64] | None = None
    fingerprints: NDArray[np.uint8] | None = None
    find_alike: FindAlike | None = None
    wells: WellInputs | None = None
    null: NullInputs | None = None
    p_noise: PBlocks | None = None
    perturbed: Mapping[str, Features] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together."""
        n = len(self.features)
        for name in ("compound_ids", "classes", "plates", "strength", "active", "n_replicates"):
            if len(getattr(self, name)) != n:
                raise InputError(f"{name} has {len(getattr(self, name))} entries for {n} signatures; expected one each")
        for name in ("doses_um", "rna_output", "fingerprints"):
            value = getattr(self, name)
            if value is not None and len(value) != n:
                raise InputError(f"{name} has {len(value)} entries for {n} signatures; expected one each")
        for change, rows in self.perturbed.items():
            if len(rows) != n:
                raise InputError(f"perturbed {change!r} has {len(rows)} rows for {n} signatures; expected one each")


def evaluate_dataset(
    inputs: EvaluationInputs,
    *,
    k: int = N_NEAREST,
    n_null: int = 10_000,
    max_queries: int = 2000,
    seed: int = 0,
    progress: Callable[[str, float], None] | None = None,
    begun: float = 0.0,
) -> Evaluation:
    """Judge a dataset in every way that its data allow; what they do not allow is said in ``remarks``.

    Parameters
    ----------
    inputs
        The dataset.
    k
        Neighbours that are looked at for plate leakage.
    n_null
        Random orders behind each permutation p-value.
    max_queries
        Queries drawn for leakage, null world and stability where there are more.
    seed
        Of all draws.
    progress
        Called before each step with what it does and the share of the work that is done.
    begun
        The share that is done already, 0 to 1.

    Returns
    -------
    Evaluation
        Equal inputs and seed give equal numbers.
    """
    remarks: list[str] = []
    step = _Steps(progress, begun)
    scores = cosine_scores(inputs.features)
    step("looking for the same class on other plates")
    classes = _classes(inputs, scores, remarks, n_null=n_null, seed=seed)
    top = _top_dose(inputs)
    step("asking the same of plate, RNA and structure alone")
    baselines = _baselines(inputs, n_null=n_null, seed=seed) if classes else ()
    step("looking for sister wells")
    replicates = _replicates(inputs, remarks, n_null=n_null, seed=seed)
    step("looking for what the plates share")
    leakage = _leakage(inputs, scores, remarks, k=k, max_queries=max_queries, seed=seed)
    step("looking where nothing should be found")
    null_world = _null_world(inputs, top, remarks, max_queries=max_queries, seed=seed)
    step("comparing doses, and structures with effects")
    doses = _doses(inputs, remarks)
    structure = _structure(inputs, top, remarks, seed=seed)
    step("asking again after small changes")
    stability = _stability(inputs, scores, remarks, max_queries=max_queries, seed=seed)
    return Evaluation(
        name=inputs.name,
        method=inputs.method,
        simulated=inputs.simulated,
        n_signatures=len(inputs.features),
        n_compounds=len(np.unique(inputs.compound_ids)),
        n_active=int(inputs.active.sum()),
        n_plates=len({name for names in inputs.plates for name in names}),
        n_classes=len({label for labels in inputs.classes for label in labels}),
        n_replicates=float(np.median(inputs.n_replicates)) if len(inputs.n_replicates) else float("nan"),
        strength_deciles=_quantiles(inputs.strength),
        retrieval=classes,
        baselines=baselines,
        replicates=replicates,
        leakage=leakage,
        null_world=null_world,
        doses=doses,
        structure=structure,
        stability=stability,
        remarks=tuple(remarks),
    )


class _Steps:
    """The steps of an evaluation, each told before it begins."""

    N = 7

    def __init__(self, progress: Callable[[str, float], None] | None, begun: float) -> None:
        self._progress, self._begun, self._n = progress, begun, 0

    def __call__(self, what: str) -> None:
        if self._progress is not None:
            self._progress(what, self._begun + (1 - self._begun) * self._n / self.N)
        self._n += 1


def _classes(
    inputs: EvaluationInputs, scores: ScoreBlocks, remarks: list[str], *, n_null: int, seed: int
) -> Retrieval | None:
    """Let classes find themselves on other plates, or say why they cannot."""
    if not any(inputs.classes):
        remarks.append("no compound has a class; add some with 'vcpi ingest annotations' for retrieval by class")
        return None
    found = _class_retrieval(inputs, scores, n_null=n_null, seed=seed)
    if not found.n_queries:
        remarks.append("no class has two active compounds on different plates; retrieval by class is not possible")
        return None
    return found


def _class_retrieval(inputs: EvaluationInputs, scores: ScoreBlocks, *, n_null: int, seed: int) -> Retrieval:
    """Ask once for one set of scores."""
    return class_retrieval(
        scores,
        compound_ids=inputs.compound_ids,
        classes=inputs.classes,
        plates=inputs.plates,
        active=inputs.active,
        n_null=n_null,
        seed=seed,
    )


def _baselines(inputs: EvaluationInputs, *, n_null: int, seed: int) -> tuple[BaselineResult, ...]:
    """Ask the same of what knows no signature."""
    named = baseline_scores(
        plates=inputs.plates, rna_output=inputs.rna_output, fingerprints=inputs.fingerprints, seed=seed
    )
    found = []
    for name, scores in named.items():
        result = _class_retrieval(inputs, scores, n_null=n_null, seed=seed)
        found.append(
            BaselineResult(
                name=name,
                mean_average_precision=result.mean_average_precision,
                normalized=result.normalized,
                precision=result.precision,
            )
        )
    return tuple(found)


def _replicates(inputs: EvaluationInputs, remarks: list[str], *, n_null: int, seed: int) -> ReplicateRetrieval | None:
    """Let wells find their sisters, or say why they cannot."""
    if inputs.wells is None:
        remarks.append("the dataset has no signatures of single wells; replicate retrieval is not possible")
        return None
    found = replicate_retrieval(
        inputs.wells.features,
        treatments=inputs.wells.treatments,
        plates=inputs.wells.plates,
        strength=inputs.wells.strength,
        n_null=n_null,
        seed=seed,
    )
    if not found.n_wells:
        remarks.append("no treatment has two wells on one plate; replicate retrieval is not possible")
        return None
    return found


def _leakage(
    inputs: EvaluationInputs, scores: ScoreBlocks, remarks: list[str], *, k: int, max_queries: int, seed: int
) -> Leakage | None:
    """Look for the plate among the nearest, or say why not."""
    found = plate_leakage(
        scores,
        compound_ids=inputs.compound_ids,
        plates=inputs.plates,
        k=min(k, max(len(inputs.features) // 4, 1)),
        max_queries=max_queries,
        seed=seed,
    )
    if not found.n_queries:
        remarks.append("fewer than two plates are known; plate leakage cannot be judged")
        return None
    return found


def _null_world(
    inputs: EvaluationInputs, top: NDArray[np.int64], remarks: list[str], *, max_queries: int, seed: int
) -> NullWorld:
    """Look for what is not there."""
    quiet = top[~inputs.active[top]]
    same, other = mean_pair_cosines(inputs.features[quiet], [inputs.plates[row] for row in quiet.tolist()])
    null = inputs.null
    if null is None:
        remarks.append("the dataset has no pseudo-compounds from vehicle wells; their p-values cannot be judged")
    elif null.p_noise is None or inputs.p_noise is None:
        remarks.append("hits carry no p_noise; calibration cannot be judged")
    pseudo = (float("nan"), float("nan"))
    uniform, pseudo_neighbours = None, None
    if null is not None:
        pseudo = mean_pair_cosines(null.features, [(plate,) for plate in null.plates])
        if null.p_noise is not None:
            n = len(null.features)
            uniform, pseudo_neighbours = judge_null(
                null.p_noise, n_queries=n, gates=null.gates, max_queries=max_queries, seed=seed
            )
    return NullWorld(
        n_inactive=len(quiet),
        same_plate_cosine=same,
        other_plate_cosine=other,
        pseudo_same_plate_cosine=pseudo[0],
        pseudo_other_plate_cosine=pseudo[1],
        uniformity=uniform,
        pseudo_neighbours=pseudo_neighbours,
        inactive_neighbours=_neighbours(inputs, ~inputs.active, max_queries=max_queries, seed=seed),
        active_neighbours=_neighbours(inputs, inputs.active, max_queries=max_queries, seed=seed),
    )


def _neighbours(
    inputs: EvaluationInputs, among: NDArray[np.bool_], *, max_queries: int, seed: int
) -> Neighbours | None:
    """Count significant neighbours of some of the signatures."""
    if inputs.p_noise is None:
        return None
    return significant_neighbours(inputs.p_noise, np.flatnonzero(among), max_queries=max_queries, seed=seed)


def _doses(inputs: EvaluationInputs, remarks: list[str]) -> DoseConsistency | None:
    """Compare doses, or say that there is one only."""
    found = None
    if inputs.doses_um is not None:
        found = dose_consistency(
            inputs.features,
            compound_ids=inputs.compound_ids,
            doses_um=inputs.doses_um,
            plates=inputs.plates,
            strength=inputs.strength,
            active=inputs.active,
        )
    if found is None:
        remarks.append("no compound has two doses; dose consistency cannot be judged")
    return found


def _structure(
    inputs: EvaluationInputs, top: NDArray[np.int64], remarks: list[str], *, seed: int
) -> StructureLink | None:
    """Link structure and effect, or say why not."""
    found = None
    if inputs.fingerprints is not None:
        found = structure_link(
            inputs.features,
            inputs.fingerprints,
            compound_ids=inputs.compound_ids,
            plates=inputs.plates,
            strength=inputs.strength,
            rows=top,
            find=inputs.find_alike,
            seed=seed,
        )
    if found is None:
        remarks.append("no two compounds on different plates look alike; the link of structure cannot be judged")
    return found


def _stability(
    inputs: EvaluationInputs, scores: ScoreBlocks, remarks: list[str], *, max_queries: int, seed: int
) -> tuple[Stability, ...]:
    """Compare neighbours before and after each change, over active queries where there are any."""
    if not inputs.perturbed:
        remarks.append("no changed signatures were given; stability cannot be judged")
    queries = np.flatnonzero(inputs.active) if inputs.active.any() else np.arange(len(inputs.features))
    return tuple(
        neighbour_stability(
            name,
            scores,
            cosine_scores(features),
            compound_ids=inputs.compound_ids,
            queries=queries,
            max_queries=max_queries,
            seed=seed,
        )
        for name, features in inputs.perturbed.items()
    )


def _top_dose(inputs: EvaluationInputs) -> NDArray[np.int64]:
    """Choose one signature a compound: the highest dose, of equals the first row."""
    n = len(inputs.features)
    doses = np.zeros(n) if inputs.doses_um is None else np.nan_to_num(inputs.doses_um, nan=-1.0)
    order = np.lexsort((np.arange(n), -doses, inputs.compound_ids))
    _, first = np.unique(inputs.compound_ids[order], return_index=True)
    return np.sort(order[first])


def _quantiles(strength: Sequence[float] | NDArray[np.float64]) -> tuple[float, ...]:
    """Give the deciles of strength, 0 % to 100 %."""
    known = np.asarray(strength, dtype=np.float64)
    known = known[np.isfinite(known)]
    return tuple(np.quantile(known, np.linspace(0, 1, 11)).tolist()) if known.size else ()
