"""The signalling report of one compound, put together from what the store holds."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.assemble.panel_genes import expressed_genes
from vcpi.database.called_genes import call_genes, measured_levels, sampled
from vcpi.database.layers import signature_rows
from vcpi.database.panel_rows import axis_rows, panels_of_genes, sum_rows
from vcpi.database.queries import counted
from vcpi.database.searching import search
from vcpi.database.structures import find_analogs
from vcpi.errors import InputError
from vcpi.landscape import hypergeometric_tail
from vcpi.report.profile import Profile
from vcpi.signature.axes import composition_shift
from vcpi.signature.calibration import benjamini_hochberg
from vcpi.signature.panel_scores.noise import NullRows
from vcpi.signature.panel_scores.pathways import pathway_scores, set_correlations
from vcpi.store import read, scores
from vcpi.store.facts import facts_of_compound

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from vcpi.answers import JointAnswer
    from vcpi.database.library import Asked, Library
    from vcpi.database.searching import Found
    from vcpi.genes import GeneMapper
    from vcpi.records import JointHit
    from vcpi.structure.search import FingerprintIndex

POTENCIES = ("IC50", "EC50", "Ki", "Kd", "GI50")
IN_UM = {"pM": 1e-6, "nM": 1e-3, "µM": 1.0, "uM": 1.0, "mM": 1e3}
SHIFTED = 0.1  # log2
FAR = 100.0  # times a reported potency at which a dose is far above it
N_ANALOGS = 5
N_CALLED = 15
N_CLASSES = 10
TOP, SURE = 20, 0.05
PHARMACOLOGY_UM = 5.0  # most drugs act on their targets below it
_COLUMNS: tuple[str, ...] = ("lfc", "se", "z", "p")
CLOUD = ("tanimoto", "connectivity", "name")
_IDENTITY = ("name", "inchikey", "smiles", "formula", "molecular_weight", "log_p", "tpsa", "classes", "moas", "targets")
_QUALITY = ("rna_output", "gene_diversity", "gene_diversity_thinned", "mt_z", "viability", "reason")
_WELL = ("sequenced_id", "plate", "plate_row", "plate_column", "n_umi", "n_genes", "rna_output", "gene_diversity", "gene_diversity_thinned", "mt_share", "mt_z")  # fmt: skip
_SIZES = ("mean_abs", "mean_abs_null", "n_strong", "n_strong_null", "n_supported", "n_supported_null", "breadth", "breadth_null", "breadth_percentile")  # fmt: skip
_LIMITS = (
    "mRNA is not protein and not phosphorylation: no kinase, target or pathway activity was measured, only what may follow "
    "from it"
)


def profile_compound(
    connection: sqlite3.Connection,
    library: Library,
    asked: Asked,
    answer: JointAnswer,
    *,
    mapper: GeneMapper,
    fingerprints: FingerprintIndex,
    gene_sets: Mapping[str, Sequence[str]],
    n_genes: int = N_CALLED,
) -> Profile:
    """Put the report of one measured compound together.

    Parameters
    ----------
    connection, library, asked
        As for ``like``: the compound with its own signature.
    answer
        Its joint answer.
    mapper
        Finds the genes of the sets.
    fingerprints
        Structures to find analogs among.
    gene_sets
        Name → genes; perhaps none.
    n_genes
        Genes to call out at either end.
    """
    signature = asked.signature
    if signature is None:
        raise InputError(f"{asked.query.name} has no signature of its own; expected one measured compound")
    dataset_id = library.dataset["dataset_id"]
    rows = signature_rows(connection, dataset_id, signature.signature_id)
    columns: dict[str, NDArray[np.float64]] = {
        name: np.array([row[name] for row in rows], dtype=np.float64) for name in _COLUMNS if rows and name in rows[0]
    }
    if "z" not in columns:
        raise InputError(
            f"{library.dataset['name']} holds expression, not effects (baseline contest): ingest it with another baseline"
        )
    values = columns.get("lfc", columns["z"])
    symbols = [row["gene_symbol"] or row["gene_id"] for row in rows]
    sample = sampled(
        connection, library.signatures, layer="lfc" if "lfc" in columns else "z", exclude=signature.signature_id
    )
    panels, groups = axis_rows(
        connection, dataset_id, signature.signature_id, lfc=values, z=columns["z"], symbols=symbols
    )
    expressed = expressed_genes(connection, dataset_id)
    called = call_genes(
        {name: _kept(column, expressed) for name, column in columns.items()},
        [row for at, row in enumerate(rows) if expressed is None or expressed[at]],
        replicates=_replicates(connection, signature.signature_id, expressed),
        sample=(sample[0], _kept(sample[1], expressed)),
        levels=[level for at, level in enumerate(measured_levels(connection, dataset_id)) if expressed is None or expressed[at]],
        panels=panels_of_genes(),
        n=n_genes,
    )  # fmt: skip
    reported = _reported(connection, asked.query.compound_id)
    everything = search(connection, library, asked)
    sets, told = _pathways(
        connection, library, z=columns["z"], values=values, gene_sets=gene_sets, mapper=mapper, expressed=expressed
    )
    quality = scores.treatment_quality(connection, signature.signature_id) or {}
    return Profile(
        query=_query(connection, answer, asked),
        dataset=_dataset(connection, library),
        unit="log2" if "lfc" in columns else "z",
        identity=tuple(_identity(connection, asked, fingerprints)),
        strength={
            **_strength(connection, library, signature.signature_id),
            **({"composition_shift": composition_shift(values, among=expressed)} if "lfc" in columns else {}),
        },
        panels=tuple(panels),
        groups=tuple(groups),
        sum_scores=tuple(
            sum_rows(connection, dataset_id, symbols=symbols, lfc=values, se=columns.get("se"), sample=sample[1])
        ),
        gene_sets=tuple(sets),
        called=tuple(called),
        everything={
            "gene_id": [row["gene_id"] for row in rows],
            "gene_symbol": [row["gene_symbol"] for row in rows],
            **{name: column.tolist() for name, column in columns.items()},
        },
        well_being={name: quality[name] for name in _QUALITY if name in quality},
        wells=tuple(
            {name: row[name] for name in _WELL} for row in scores.well_quality(connection, signature.signature_id)
        ),
        neighbours=tuple(_annotated(connection, answer.to_dict()["hits"])),
        analogs=tuple(_annotated(connection, answer.to_dict()["analogs"])),
        classes=tuple(_classes(connection, everything)),
        landscape=_landscape(everything),
        reported=tuple(reported),
        caveats=(
            *answer.caveats,
            *told,
            *_caveats(connection, library, asked),
            *_shifted(composition_shift(values, among=expressed) if "lfc" in columns else 0.0),
            *_far_above(signature.treatment.dose_um, reported),
        ),
    )


def _reported(connection: sqlite3.Connection, compound_id: int | None) -> list[dict[str, Any]]:
    """Give the potencies that documents report."""
    if compound_id is None:
        return []
    return [
        {
            "target": one.target,
            "measure": one.measure,
            "relation": one.relation,
            "value": one.value,
            "unit": one.unit,
            "assay": one.assay,
            "context": one.context,
            "transferred_from": one.transferred_from,
            "document": entry.facts.document.title,
        }
        for entry in facts_of_compound(connection, compound_id)
        for one in entry.facts.measurements
    ]


def _shifted(shift: float) -> list[str]:
    """Say where most genes seem to move because others take more or less of the reads."""
    if abs(shift) < SHIFTED:
        return []
    way = "fall" if shift < 0 else "rise"
    return [
        f"half of all genes {way} by {abs(shift):.2f} log2 or more: counts are shares, and where some genes take more or fewer of "
        "the reads all others move the other way; axes that move by no more than that tell nothing"
    ]


def _far_above(dose_um: float | None, reported: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say where the dose is far above what documents report of the compound."""
    known = [
        (one["value"] * IN_UM[one["unit"]], one)
        for one in reported
        if one["unit"] in IN_UM and one["transferred_from"] is None and one["measure"] in POTENCIES
    ]
    if dose_um is None:
        return []
    if not known:
        far = f"{dose_um:g} µM is above what most drugs need at their targets: other targets may answer too"
        return [far] if dose_um >= PHARMACOLOGY_UM else []
    least, one = min(known, key=lambda pair: pair[0])
    if least <= 0 or dose_um < FAR * least:
        return []
    return [
        f"{dose_um:g} µM is {dose_um / least:,.0f} times the {one['measure']} of {one['value']:g} {one['unit']} that is reported "
        f"for {one['target']}: what is seen here may come from other targets"
    ]


def profile_unmeasured(connection: sqlite3.Connection, answer: JointAnswer) -> Profile:
    """Say of a compound without a signature what it is, and what was measured that looks like it."""
    analogs = _annotated(connection, answer.to_dict()["analogs"])
    ids: list[tuple[int | None, float | None]] = [(answer.query["compound_id"], None)]
    ids += [(hit["compound_id"], hit["tanimoto"]) for hit in analogs[:N_ANALOGS]]
    rows = [_card(connection, one, tanimoto=near) for one, near in ids if one is not None]
    return Profile(
        query=answer.query,
        dataset={},
        identity=tuple(
            {**row, "is": "query" if at == 0 and row["tanimoto"] is None else "analog"} for at, row in enumerate(rows)
        ),
        analogs=tuple(analogs),
        reported=tuple(_reported(connection, answer.query["compound_id"])),
        caveats=(*answer.caveats, "structure alone says what it may do: nothing was measured of it here"),
    )


def _card(connection: sqlite3.Connection, compound_id: int, *, tanimoto: float | None) -> dict[str, Any]:
    """Say what a compound is."""
    known = asdict(read.compound(connection, compound_id))
    row = {field: list(known[field]) if isinstance(known[field], tuple) else known[field] for field in _IDENTITY}
    return {**row, "tanimoto": tanimoto, "measured": bool(known["signatures"])}


def _kept(values: NDArray[Any], expressed: NDArray[np.bool_] | None) -> NDArray[Any]:
    """Keep the genes that are expressed enough for their change to be a number."""
    return values if expressed is None or not values.size else values[..., expressed]


def _replicates(
    connection: sqlite3.Connection, signature_id: int, expressed: NDArray[np.bool_] | None
) -> NDArray[np.float32] | None:
    """Give the fold changes of the single wells, where they are kept."""
    values = scores.replicates(connection, signature_id)
    if values is None:
        return None
    return np.asarray(_kept(values, expressed))


def _query(connection: sqlite3.Connection, answer: JointAnswer, asked: Asked) -> dict[str, Any]:
    """Say what the report is about."""
    known = None if asked.query.compound_id is None else read.compound(connection, asked.query.compound_id)
    found = {**answer.query, "smiles": asked.query.smiles}
    if known is not None:
        found |= {"classes": list(known.classes), "moas": list(known.moas), "targets": list(known.targets)}
    return found


def _dataset(connection: sqlite3.Connection, library: Library) -> dict[str, Any]:
    """Say where it was measured."""
    entry = counted(connection, library.dataset)
    return {
        "name": entry["name"],
        "kind": entry["kind"],
        "simulated": entry["simulated"],
        "baseline": entry["baseline"],
        "n_compounds": entry["n_compounds"],
        "n_signatures": entry["n_signatures"],
        "n_plates": entry["n_plates"],
        "n_measured": entry["n_measured"],
        "versions": entry["recipe"].get("versions", {}),
    }


def _identity(connection: sqlite3.Connection, asked: Asked, fingerprints: FingerprintIndex) -> list[dict[str, Any]]:
    """Set the compound beside what looks most like it."""
    own = asked.query.compound_id
    if own is None:
        return []
    ids: list[tuple[int, float | None, bool | None]] = [(own, None, None)]
    if asked.query.fingerprint is not None:
        found = find_analogs(connection, fingerprints, asked.query, k=N_ANALOGS, cutoff=None, where=None, same=None)
        ids += [(hit.compound_id, hit.tanimoto, hit.same_skeleton) for hit in found.records]  # type: ignore[union-attr]
    return [
        {
            **_card(connection, compound_id, tanimoto=tanimoto),
            "is": "query" if compound_id == own else "analog",
            "same_skeleton": same_skeleton,
        }
        for compound_id, tanimoto, same_skeleton in ids
    ]


def _strength(connection: sqlite3.Connection, library: Library, signature_id: int) -> dict[str, Any]:
    """Say how much the compound moves, and what noise moves."""
    sizes = scores.effect_size(connection, signature_id)
    if sizes is None:
        return {}
    return {
        "percentile": sizes["strength_percentile"],
        "null_percentile": sizes["strength_null_percentile"],
        "n_compounds": len(np.unique(library.compound_ids)),
        "n_strong_expected": sizes["n_strong_null"],
        **{name: sizes[name] for name in _SIZES if name != "n_strong_null"},
    }


def _pathways(
    connection: sqlite3.Connection,
    library: Library,
    *,
    z: NDArray[np.float64],
    values: NDArray[np.float64],
    gene_sets: Mapping[str, Sequence[str]],
    mapper: GeneMapper,
    expressed: NDArray[np.bool_] | None,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Score the gene sets, and say how many could not be."""
    if not gene_sets:
        return [], []
    kept = np.arange(len(values)) if expressed is None else np.flatnonzero(expressed)
    place_of = {int(place): at for at, place in enumerate(kept.tolist())}
    places = {
        name: np.array(
            sorted({place_of[row] for row in mapper.map(list(ids)).positions.tolist() if row in place_of}),
            dtype=np.int64,
        )
        for name, ids in gene_sets.items()
    }
    quiet = [one for one in library.signatures if one.active is False]
    _, noise = sampled(connection, quiet, layer="z", exclude=-1)
    correlations = None
    if len(noise):
        correlations = set_correlations(places, NullRows(vehicles=noise[:0, kept], others=noise[:, kept]))
    found = pathway_scores(
        values[kept],
        z[kept],
        places,
        correlations=correlations,
        n_total={name: len(set(ids)) for name, ids in gene_sets.items()},
    )
    left = len(gene_sets) - len(found)
    told = (
        [f"{left} of {len(gene_sets)} gene sets have fewer than 5 or more than 500 measured genes: no score"]
        if left
        else []
    )
    return [asdict(one) for one in found], told


def _annotated(connection: sqlite3.Connection, hits: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add class and target to hits."""
    known: dict[int, dict[str, list[str]]] = {}
    for hit in hits:
        compound = read.compound(connection, hit["compound_id"])
        known[hit["compound_id"]] = {"classes": list(compound.classes), "targets": list(compound.targets)}
    return [{**hit, **known[hit["compound_id"]]} for hit in hits]


def _classes(connection: sqlite3.Connection, found: Found) -> list[dict[str, Any]]:
    """Say which classes gather among what acts alike beyond noise, the class of the nearest first.

    Look-alikes count once, at their best: a family that was measured seven times is one piece of evidence.
    """
    known = dict(connection.execute("SELECT compound_id, skeleton FROM compound WHERE skeleton IS NOT NULL").fetchall())
    of: dict[int, set[str]] = {}
    for compound_id, value in connection.execute("SELECT compound_id, value FROM annotation WHERE kind = 'class'"):
        of.setdefault(compound_id, set()).add(value)
    first: dict[Any, JointHit] = {}
    for row in found.rows:
        first.setdefault(known.get(row.compound_id, row.compound_id), row)
    items = list(first.values())
    alike = [row for row in items if row.q_noise is not None and row.q_noise < SURE and (row.connectivity or 0.0) > 0]
    alike = alike[:TOP]
    weights: dict[str, float] = {}
    for row in alike:
        for name in of.get(row.compound_id, ()):
            weights[name] = weights.get(name, 0.0) + (row.connectivity or 0.0)
    rows: list[dict[str, Any]] = []
    for name, weight in weights.items():
        members = sum(name in of.get(row.compound_id, ()) for row in items)
        n_top = sum(name in of.get(row.compound_id, ()) for row in alike)
        p = hypergeometric_tail(n_top, n_all=len(items), n_marked=members, n_drawn=len(alike))
        rows.append(
            {
                "name": name, "n": members, "n_top": n_top, "expected": members * len(alike) / len(items), "k": len(alike),
                "weight": weight, "p": p,
            }
        )  # fmt: skip
    tested = len({name for names in of.values() for name in names})
    adjusted = benjamini_hochberg([row["p"] for row in rows] + [1.0] * (tested - len(rows))).tolist() if rows else []
    rows = [{**row, "q": q} for row, q in zip(rows, adjusted, strict=False)]
    return sorted(rows, key=lambda row: (-row["weight"], row["name"]))[:N_CLASSES]


def _landscape(found: Found) -> dict[str, list[Any]]:
    """Put structure against effect for every compound of the dataset."""
    rows = [row for row in found.rows if row.connectivity is not None and row.tanimoto is not None]
    return {name: [getattr(row, name) for row in rows] for name in CLOUD}


def _caveats(connection: sqlite3.Connection, library: Library, asked: Asked) -> list[str]:
    """Say what a profile of this kind cannot show."""
    found = [_LIMITS]
    own = asked.signature
    if own is None:
        return found
    dose, time = own.treatment.dose_um, own.treatment.time_h
    same = [one.treatment for one in library.signatures if one.treatment.compound_id == own.treatment.compound_id]
    if len({treatment.dose_um for treatment in same}) == 1 and len({treatment.time_h for treatment in same}) == 1:
        where = f" in {own.treatment.cell_line}" if own.treatment.cell_line else ""
        at = " and ".join(
            text for text in ("" if dose is None else f"{dose:g} µM", "" if time is None else f"{time:g} h") if text
        )
        found.append(
            f"one dose and time ({at}){where}: nothing is known of other doses, times and cells"
            if at
            else f"one treatment{where}"
        )
    scored = scores.scoring(connection, library.dataset["dataset_id"])
    if library.dataset["kind"] != "release":
        found.append("values are z as their source gives them, not fold changes; p and q say how unusual, not how sure")
    if scored is None:
        found.append("axes and modules were not scored in this dataset; 'vcpi build' does it")
    return found
