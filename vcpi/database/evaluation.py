"""One dataset of the store turned into what :mod:`vcpi.evaluate` judges."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vcpi.database.calibration import TAIL_REACH
from vcpi.database.pairs import pairs_alike
from vcpi.errors import InputError
from vcpi.evaluate.retrieval import SIGNIFICANT
from vcpi.evaluate.run import EvaluationInputs, NullInputs, WellInputs, evaluate_dataset
from vcpi.evaluate.scores import shared_plates
from vcpi.store import read

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vcpi.database.library import Library
    from vcpi.evaluate.nullworld import PBlocks
    from vcpi.evaluate.report import Evaluation
    from vcpi.signature.nullmodel import NullModel

CONTROL = "positive-control"
VEHICLE = "vehicle"
MOST_WITH_WELLS = 4_000  # signatures whose single wells are held at once: a quarter of a gigabyte at 8,000 genes
MOST_VALUES = 150_000_000  # features that may be copied once more with a well left out
READ = 0.2  # share of the work that reading is
LEAST_TO_JUDGE = 3  # signatures; two have one neighbour each


def evaluate_library(
    connection: sqlite3.Connection,
    library: Library,
    *,
    k: int,
    seed: int = 0,
    n_null: int = 10_000,
    progress: Callable[[str, float], None] | None = None,
) -> Evaluation:
    """Judge an opened dataset.

    Parameters
    ----------
    connection
        The store.
    library
        The dataset, as the searches see it.
    k
        Neighbours that are looked at for plate leakage.
    seed, n_null
        Of all draws; random orders behind each permutation p-value.
    progress
        As for :func:`vcpi.evaluate.run.evaluate_dataset`, which does all but the first steps.

    Returns
    -------
    Evaluation
        A part is None where the dataset does not allow it; ``remarks`` says why.

    Raises
    ------
    InputError
        The dataset has fewer than three different signatures of library compounds, or the seed is below 0.
    """
    if seed < 0:
        raise InputError(f"The seed is {seed}; expected 0 or more")
    remarks: list[str] = []
    labels, kind = _classes(connection, library.dataset["dataset_id"])
    kept = _judged(library, labels, remarks)
    if len(kept) < LEAST_TO_JUDGE:
        message = (
            f"{library.dataset['name']} has {len(kept)} different signatures of library compounds; expected "
            f"{LEAST_TO_JUDGE} or more to judge how they agree"
        )
        raise InputError(message)
    if progress is not None:
        progress("reading the wells and profiles of noise", 0.0)
    inputs = _inputs(connection, library, kept, labels, remarks, method=_method(library, kind), seed=seed)
    found = evaluate_dataset(inputs, k=k, n_null=n_null, seed=seed, progress=progress, begun=READ)
    known = [n for row in kept.tolist() if (n := library.signatures[row].n_replicates) is not None]
    return replace(
        found,
        n_replicates=float(np.median(known)) if known else float("nan"),
        remarks=(*found.remarks, *remarks),
    )


def _inputs(
    connection: sqlite3.Connection,
    library: Library,
    kept: NDArray[np.int64],
    labels: dict[int, tuple[str, ...]],
    remarks: list[str],
    *,
    method: str,
    seed: int,
) -> EvaluationInputs:
    """Gather what is judged: the signatures of library compounds, a row each."""
    chosen = [library.signatures[row] for row in kept.tolist()]
    compounds = library.compound_ids[kept]
    rna = np.array([np.nan if one.rna_output is None else one.rna_output for one in chosen])
    rng = np.random.default_rng(seed)
    p_noise = None if library.null is None else _signature_p(library, library.null, kept)
    return EvaluationInputs(
        name=library.dataset["name"],
        method=method,
        simulated=library.dataset["simulated"],
        features=library.index.vectors if len(kept) == len(library.index) else library.index.vectors[kept],
        compound_ids=compounds,
        classes=tuple(labels.get(compound, ()) for compound in compounds.tolist()),
        plates=tuple(one.plates for one in chosen),
        strength=np.array([np.nan if one.strength is None else one.strength for one in chosen]),
        active=library.acting[kept],
        n_replicates=np.array([one.n_replicates or 0 for one in chosen], dtype=np.int64),
        doses_um=np.array([np.nan if one.treatment.dose_um is None else one.treatment.dose_um for one in chosen]),
        rna_output=rna if np.isfinite(rna).any() else None,
        fingerprints=_fingerprints(connection, compounds),
        find_alike=lambda bits, cutoff: np.column_stack(pairs_alike(bits, cutoff=cutoff)[:2]),
        wells=_wells(connection, library, kept, remarks, rng=rng),
        null=None if library.null is None else _null(connection, library, library.null, remarks),
        p_noise=p_noise,
        perturbed=_perturbed(connection, library, kept, remarks, rng=rng),
    )


def _method(library: Library, kind: str) -> str:
    """Say how the signatures were made and how they are judged."""
    entry = library.dataset
    made = f"baseline {entry['baseline']}" if entry["baseline"] else "signatures as ingested"
    features = entry["recipe"].get("features")
    parts = [made, *([features] if features else []), f"cosine over {library.index.n_genes} genes"]
    parts.append(f"classes by annotation {kind!r}")
    if library.null is not None:
        parts.append(
            f"a neighbour counts at q < {SIGNIFICANT:g} of 'vcpi like': by Benjamini and Hochberg within the query, and "
            "none where the wells of the query agree no better than wells without an effect"
        )
    return "; ".join(parts)


def _judged(library: Library, labels: dict[int, tuple[str, ...]], remarks: list[str]) -> NDArray[np.int64]:
    """Choose the signatures to judge: of library compounds, and one of those that are identical."""
    rows = [row for row, one in enumerate(library.signatures) if CONTROL not in one.flags]
    n_controls = len(library.signatures) - len(rows)
    if n_controls:
        remarks.append(
            f"{n_controls} signatures of positive controls are neither asked nor found, since each plate holds them; only "
            "the shares of queries with a neighbour count them as neighbours"
        )
    if all(one.active is None for one in library.signatures):
        remarks.append("which signatures are active is not known; the stronger half is taken for active")
    first: dict[str, int] = {}
    for row in sorted(rows, key=lambda row: (int(library.compound_ids[row]) not in labels, row)):
        first.setdefault(library.signatures[row].vector_digest, row)
    if len(first) < len(rows):
        remarks.append(
            f"{len(rows) - len(first)} signatures are copies of another compound's; one of each is judged, since a copy is "
            "always the nearest"
        )
    return np.array(sorted(first.values()), dtype=np.int64)


def _classes(connection: sqlite3.Connection, dataset_id: int) -> tuple[dict[int, tuple[str, ...]], str]:
    """Return the classes of the compounds of a dataset, or their mechanisms where no two compounds share a class."""
    for kind in ("class", "moa"):
        rows = connection.execute(
            "SELECT DISTINCT compound_id, value FROM annotation WHERE kind = ? AND compound_id IN "
            "(SELECT compound_id FROM signature WHERE dataset_id = ?) ORDER BY compound_id, value",
            [kind, dataset_id],
        ).fetchall()
        if any(n > 1 for n in Counter(row[1] for row in rows).values()):
            found: dict[int, tuple[str, ...]] = {}
            for compound, value in rows:
                found[compound] = (*found.get(compound, ()), value)
            return found, kind
    return {}, "class"


def _fingerprints(connection: sqlite3.Connection, compounds: NDArray[np.int64]) -> NDArray[np.uint8] | None:
    """Return the fingerprint of the compound of each row, zeros where it has no structure; None where none has."""
    ids, bits = read.fingerprints(connection)
    known = np.isin(compounds, ids)
    if not known.any():
        return None
    aligned = np.zeros((len(compounds), bits.shape[1]), dtype=np.uint8)
    aligned[known] = bits[np.searchsorted(ids, compounds[known])]
    return aligned


def _wells(
    connection: sqlite3.Connection,
    library: Library,
    kept: NDArray[np.int64],
    remarks: list[str],
    *,
    rng: np.random.Generator,
) -> WellInputs | None:
    """Read the single wells, plate by plate until there are enough; None where the dataset keeps none."""
    by_plate: dict[str, list[int]] = {}
    for row in kept.tolist():
        plates = library.signatures[row].plates
        if len(plates) == 1:
            by_plate.setdefault(plates[0], []).append(row)
    order = [sorted(by_plate)[place] for place in rng.permutation(len(by_plate)).tolist()]
    features, treatments, where, taken = [], [], [], 0
    for n_plates, plate in enumerate(order):
        if taken and taken + len(by_plate[plate]) > MOST_WITH_WELLS:
            remarks.append(f"replicate retrieval is over {n_plates} plates of {len(order)}, drawn at random")
            break
        for row in by_plate[plate]:
            wells = read.wells(connection, library.signatures[row].signature_id)
            if wells is not None:
                features.append(wells)
                treatments += [row] * len(wells)
                where += [plate] * len(wells)
        taken += len(by_plate[plate])
    if not features:
        return None
    n_spread = len(kept) - sum(len(rows) for rows in by_plate.values())
    if n_spread:
        remarks.append(f"{n_spread} signatures over several plates or none are left out of replicate retrieval")
    rows = np.array(treatments, dtype=np.int64)
    return WellInputs(
        features=np.concatenate(features), treatments=rows, plates=tuple(where), strength=library.strengths[rows]
    )


def _perturbed(
    connection: sqlite3.Connection,
    library: Library,
    kept: NDArray[np.int64],
    remarks: list[str],
    *,
    rng: np.random.Generator,
) -> dict[str, NDArray[np.float32]]:
    """Make the signatures again with one well of each left out, from the features of single wells."""
    if library.null is None:
        return {}
    if len(kept) * library.index.n_genes > MOST_VALUES:
        remarks.append("the dataset is too large to hold a second time with a well left out; stability is not judged")
        return {}
    changed = np.array(library.index.vectors[kept])
    n_changed = 0
    for place, row in enumerate(kept.tolist()):
        wells = read.wells(connection, library.signatures[row].signature_id)
        if wells is not None and len(wells) > 1:
            rest = np.delete(wells, rng.integers(len(wells)), axis=0).mean(axis=0)
            changed[place] = rest / (np.sqrt(rest @ rest) or 1.0)
            n_changed += 1
    if not n_changed:
        return {}
    remarks.append("fewer reads, and other vehicle wells, need the counts again: stability under these is not judged")
    return {"one well of each left out": changed}


def _signature_p(library: Library, null: NullModel, kept: NDArray[np.int64]) -> PBlocks:
    """Give p_noise of judged signatures against all signatures, as :mod:`vcpi.database.calibration` gives it.

    A query whose wells agree no better than wells without an effect gets 1 throughout, since its q is not below
    0.05 whatever its scores.
    """
    unit, compounds = library.index.vectors, library.compound_ids
    shared = shared_plates([one.plates for one in library.signatures])
    gates = np.array([one.replicate_p or 0.0 for one in library.signatures])
    references = np.arange(len(unit))

    def block(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        at = kept[rows]
        p = np.stack(
            [
                null.p_noise(scores, query=null.scale_at(row), rows=references, same_plate=same)
                for row, scores, same in zip(at.tolist(), unit[at] @ unit.T, shared(at), strict=True)
            ]
        )
        p = np.maximum(p, TAIL_REACH / null.n_null)
        p[gates[at] >= SIGNIFICANT] = 1.0
        p[compounds[at][:, np.newaxis] == compounds] = np.nan
        return p

    return block


def _null(connection: sqlite3.Connection, library: Library, null: NullModel, remarks: list[str]) -> NullInputs | None:
    """Give the sets of vehicle wells that stand for compounds, with their p_noise; None where there are none."""
    features, plates, members = library.nulls.features, library.nulls.plates, library.nulls.members
    kinds = read.null_kinds(connection, library.dataset["dataset_id"])
    vehicles = np.flatnonzero(np.array(kinds) == VEHICLE)
    if not len(vehicles):
        return None
    remarks.append(
        "the pseudo-compounds are among the profiles that p_noise was learned from (profiles that share wells are left "
        "out of their location and spread, not out of the tail): a gross fault shows, a slight one does not"
    )
    chosen = vehicles.tolist()
    return NullInputs(
        features=features[vehicles],
        plates=tuple(plates[row] or f"(no plate) {row}" for row in chosen),
        gates=read.null_gates(connection, library.dataset["dataset_id"])[vehicles],
        p_noise=_pseudo_p(library, null, vehicles, profiles=library.nulls.unit, plates=plates, members=members),
    )


def _pseudo_p(
    library: Library,
    null: NullModel,
    vehicles: NDArray[np.int64],
    *,
    profiles: NDArray[np.float32],
    plates: Sequence[str | None],
    members: Sequence[tuple[str, ...]],
) -> PBlocks:
    """Give p_noise of pseudo-compounds against all signatures, each judged by the profiles that share no well."""
    unit = library.index.vectors
    names = np.array(["" if plate is None else plate for plate in plates])
    holders: dict[str, list[int]] = {}
    for place, wells in enumerate(members):
        for well in wells:
            holders.setdefault(well, []).append(place)
    on_plate = {
        name: np.array([name in one.plates for one in library.signatures], dtype=bool) for name in {*names.tolist()}
    }
    references = np.arange(len(unit))

    def block(rows: NDArray[np.int64]) -> NDArray[np.float64]:
        at = vehicles[rows]
        found = np.empty((len(at), len(unit)))
        asked = zip(at.tolist(), profiles[at] @ profiles.T, profiles[at] @ unit.T, strict=True)
        for place, (row, to_null, scores) in enumerate(asked):
            shared = np.zeros(len(profiles), dtype=bool)
            shared[[other for well in members[row] for other in holders[well]]] = True
            same = (names == names[row]) & (names[row] != "")
            query = null.scale_of(to_null, same_plate=same, exclude=shared)
            relation = on_plate[str(names[row])]
            found[place] = null.p_noise(scores, query=query, rows=references, same_plate=relation)
        return np.maximum(found, TAIL_REACH / null.n_null)

    return block
