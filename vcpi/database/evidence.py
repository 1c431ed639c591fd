"""How much stands behind an answer, in words that rest on figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vcpi.database.calibration import Noise
    from vcpi.database.library import Asked, Library
    from vcpi.joint import Thresholds
    from vcpi.records import JointHit, Signature

MUCH_MORE = 3
THIN_QUANTILE = 0.25
SURE = 0.05
LOW_RNA = -0.51  # 70 % of vehicle wells
STRESSED = 4.0  # noise has unit variance along the stress direction
MIN_MATES = 4


def method_of(
    library: Library,
    asked: Asked,
    noise: Noise,
    thresholds: Thresholds,
    background: dict[float, float],
    *,
    reverse: bool,
) -> dict[str, Any]:
    """Say how the scores were made and what they are held against."""
    return {
        "name": asked.method,
        "direction": "reverse" if reverse else "mimic",
        "dataset": library.dataset["name"],
        "baseline": library.dataset["baseline"],
        "layer": library.dataset["search_layer"],
        "n_genes": library.index.n_genes if asked.positions is None else len(asked.positions),
        "null": noise.source,
        "n_null": noise.n_null,
        "p_least": noise.p_least,
        "alike_in_effect": f"q_noise < {SURE}" if noise.decides else f"connectivity >= {thresholds.connectivity:.4f}",
        "alike_in_structure_from": thresholds.tanimoto,
        "background": {f"{level:g}": cosine for level, cosine in background.items()},
        "exact": True,
    }


def simulated_caveats(dataset: dict[str, Any]) -> list[str]:
    """Say of simulated counts that they are."""
    if not dataset["simulated"]:
        return []
    return [f"the counts of {dataset['name']} are SIMULATED: a demonstration, not a measurement"]


def reliability_caveats(
    library: Library,
    own: Signature | None,
    rows: Sequence[JointHit],
    thresholds: Thresholds,
    noise: Noise,
    *,
    reverse: bool,
) -> list[str]:
    """Say what limits the answer: simulated data, no effect, no hit above chance, replicates on one plate."""
    dataset = library.dataset
    found = [*simulated_caveats(dataset), *dataset["recipe"].get("limits", [])]
    if own is not None and own.active is None and own.strength is not None and own.plates:
        found.append(
            "whether it is active cannot be said: there are too few wells without an effect to hold it against"
        )
    if own is not None and own.active is False:
        found.append(f"no effect beyond vehicle wells (strength {own.strength:.3f}): its neighbours may be noise")
    if own is not None and own.replicate_p is not None and own.replicate_p >= SURE:
        found.append(f"its replicates agree no better than wells of different compounds (p {own.replicate_p:.2f})")
    if own is not None and own.rna_output is not None and own.rna_output < LOW_RNA:
        found.append(f"low RNA: {2**own.rna_output:.0%} of vehicle wells; the signature may be one of dying cells")
    found += _no_neighbour(rows, thresholds, noise, reverse=reverse)
    if own is not None and len(own.plates) == 1 and own.n_replicates is not None:
        wells = "one well is" if own.n_replicates == 1 else f"{own.n_replicates} wells are"
        found.append(f"the query's {wells} on one plate: what they share may be the plate's, not the compound's")
    if noise.source is None:
        found.append("p_noise, q_noise, p_specific and tau are not known here: ranks and background are all there is")
    return found


def _no_neighbour(rows: Sequence[JointHit], thresholds: Thresholds, noise: Noise, *, reverse: bool) -> list[str]:
    """Say that no hit is beyond chance."""
    if not rows:
        return []
    if noise.decides:
        best = min((row.q_noise for row in rows if row.q_noise is not None), default=1.0)
        return [] if best < SURE else [f"no reliable neighbour: the smallest q_noise is {best:.2f}"]
    first = rows[0].connectivity or 0.0
    if (-first if reverse else first) >= thresholds.connectivity:
        return []
    return [
        f"no reliable neighbour: the first hit is at {first:.2f}, and about 1 % of unrelated pairs of this dataset reach "
        f"{thresholds.connectivity:.2f}"
    ]


def plate_shares(mates: NDArray[np.bool_], *, first: int = 20) -> list[str]:
    """Warn where plate-mates are much more frequent among the first hits than among all; of hits whose plate is known."""
    known = mates.tolist()
    top = known[:first]
    if len(top) < first:
        return []
    share, chance = sum(top) / len(top), sum(known) / len(known)
    if share <= MUCH_MORE * chance or sum(top) < MIN_MATES:
        return []
    return [
        f"{sum(top)} of the first {first} hits share the query's plate ({chance:.0%} by chance); see --exclude-same-plate"
    ]


def evidence_caveats(
    name: str,
    own: Signature | None,
    counts: NDArray[np.int64],
    analogs: Sequence[JointHit],
    rows: Sequence[JointHit],
) -> list[str]:
    """Hold the evidence behind the query against that behind the dataset (``counts``) and behind its analogs."""
    if own is None or own.n_replicates is None or _made_here(own):
        return []
    if not counts.size:
        return []
    share = float((counts > own.n_replicates).mean())
    found = [
        f"{name} rests on {own.n_replicates} source signatures; {share:.0%} of the {counts.size} signatures of this "
        f"dataset rest on more (median {np.median(counts):.0f}, most {counts.max()})"
    ]
    for other in (*analogs, *rows):
        if other.n_replicates is not None and other.n_replicates >= MUCH_MORE * own.n_replicates and other in analogs:
            found.append(
                f"thin evidence: the analog {other.name} (Tanimoto {other.tanimoto:.3f}) rests on {other.n_replicates} "
                f"and is at {other.connectivity:.2f}, rank {other.signature_rank}; "
                f"the difference may be one of evidence, not of effect"
            )
    return found


def thin_limit(counts: NDArray[np.int64]) -> float | None:
    """Give the number of source signatures that three quarters of the dataset reach; None where numbers are not known."""
    return float(np.quantile(counts, THIN_QUANTILE)) if counts.size else None


def evidence_flags(signature: Signature, thin: float | None) -> tuple[str, ...]:
    """Mark signatures of low RNA, of stress, and such as rest on fewer than ``thin`` (:func:`thin_limit`)."""
    badges: tuple[str, ...] = ()
    if signature.rna_output is not None and signature.rna_output < LOW_RNA:
        badges += ("low-rna",)
    if signature.stress is not None and signature.stress > STRESSED:
        badges += ("stressed",)
    if signature.n_replicates is None or _made_here(signature) or thin is None:
        return badges
    return (*badges, "thin-evidence") if signature.n_replicates < thin else badges


def _made_here(signature: Signature) -> bool:
    """Say whether a signature was made from wells: their number is then part of the layout, not of the evidence."""
    return bool(signature.plates) or signature.active is not None or signature.replicate_p is not None
