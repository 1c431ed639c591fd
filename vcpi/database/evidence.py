"""How much stands behind an answer, in words that rest on figures."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vcpi.joint import Thresholds
    from vcpi.records import JointHit, Signature

MUCH_MORE = 3
THIN_QUANTILE = 0.25


def method_of(
    dataset: dict[str, Any],
    name: str,
    positions: NDArray[np.int64] | None,
    thresholds: Thresholds,
    background: dict[float, float],
    *,
    reverse: bool,
) -> dict[str, Any]:
    """Say how the scores were made and what they are held against."""
    return {
        "name": name,
        "direction": "reverse" if reverse else "mimic",
        "dataset": dataset["name"],
        "baseline": dataset["baseline"],
        "layer": dataset["search_layer"],
        "n_genes": dataset["n_measured"] if positions is None else len(positions),
        "null": None,
        "n_null": 0,
        "alike_in_effect_from": round(thresholds.connectivity, 4),
        "alike_in_structure_from": thresholds.tanimoto,
        "background": {f"{level:g}": cosine for level, cosine in background.items()},
        "exact": True,
    }


def reliability_caveats(
    dataset: dict[str, Any],
    own: Signature | None,
    rows: Sequence[JointHit],
    thresholds: Thresholds,
    background: dict[float, float],
    *,
    reverse: bool,
) -> list[str]:
    """Say what limits the answer: simulated data, no effect, no hit above chance, replicates on one plate."""
    found = []
    if dataset["simulated"]:
        found.append(f"the counts of {dataset['name']} are SIMULATED: a demonstration, not a measurement")
    if own is not None and own.active is False:
        found.append(
            f"no effect beyond vehicle wells (strength {own.strength:.3f}): the neighbours of this compound are noise"
        )
    sign = -1.0 if reverse else 1.0
    if rows and background and sign * (rows[0].connectivity or 0.0) < thresholds.connectivity:
        found.append(
            f"no reliable neighbour: the first hit is at {rows[0].connectivity:.2f}, and about 1 % of unrelated pairs of "
            f"this dataset reach {thresholds.connectivity:.2f}"
        )
    if own is not None and len(own.plates) == 1 and own.n_replicates is not None:
        found.append(f"n={own.n_replicates} replicates on one plate: what they share may be the plate's")
    found.append("p_noise, q_noise, p_specific and tau are not known yet: ranks and background are all there is")
    return found


def evidence_caveats(
    name: str,
    own: Signature | None,
    signatures: Sequence[Signature],
    analogs: Sequence[JointHit],
    rows: Sequence[JointHit],
) -> list[str]:
    """Hold the evidence behind the query against that behind the dataset and behind its analogs."""
    if own is None or own.n_replicates is None or own.plates:
        return []
    counts = _counts(signatures)
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


def evidence_flags(signature: Signature, signatures: Sequence[Signature]) -> tuple[str, ...]:
    """Mark a signature that rests on less than three quarters of the dataset do."""
    counts = _counts(signatures)
    if signature.n_replicates is None or signature.plates or not counts.size:
        return ()
    return ("thin-evidence",) if signature.n_replicates < np.quantile(counts, THIN_QUANTILE) else ()


def _counts(signatures: Sequence[Signature]) -> NDArray[np.int64]:
    """Return how many source signatures or replicates stand behind each signature, where known."""
    return _counts_of(tuple(signature.n_replicates for signature in signatures))


@lru_cache(maxsize=4)
def _counts_of(numbers: tuple[int | None, ...]) -> NDArray[np.int64]:
    """Return the known numbers."""
    return np.array([number for number in numbers if number is not None], dtype=np.int64)
