"""Compare ways from counts to neighbors on simulated screens: baseline x centering x sphering x stress x gene weights.

    python scripts/ablation.py --quick
    python scripts/ablation.py --seeds 101-110 --plates 5 --strength 0.35 --json ablation.json

Every figure comes from simulated counts and their planted truth. Tune on seeds 1-10, report on 101-110.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vcpi.demo.simulate import simulate_release
from vcpi.signature.baseline import fit_baselines
from vcpi.signature.calibration import q_noise
from vcpi.signature.centering import plate_offsets
from vcpi.signature.contrast import combine, contrast
from vcpi.signature.features import FeatureModel, fit_features
from vcpi.signature.nullmodel import NullModel, fit_null_model, unit_rows
from vcpi.signature.nulls import NullProfiles, replicate_differences, vehicle_nulls
from vcpi.signature.profiles import expressed, library_sizes, log2_cpm, well_quality
from vcpi.signature.reproducibility import replicate_cosine, replicate_null, replicate_p
from vcpi.signature.strength import activity_threshold, strength, vehicle_null_strengths
from vcpi.signature.variance import pooled_variance, summarize_plate

BASELINES = ("hybrid", "vehicle_plate", "vehicle_pooled", "plate_center")
STRONG_POTENCY = 0.9
LEVELS = (0.1, 0.05, 0.01, 0.001)
Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Screen:
    """Wells of one simulated release, and the truth about its compounds."""

    profiles: NDArray[np.float32]
    sizes: Array
    mitochondrial: Array  # share of the counts
    usable: NDArray[np.bool_]
    role: NDArray[np.str_]
    plate: NDArray[np.str_]
    compound: NDArray[np.str_]
    mechanism: dict[str, str]
    potency: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Signatures:
    """Signatures of one screen with one baseline, and their nulls."""

    compounds: list[str]
    plates: list[str]
    lfc: Array
    z: Array
    wells: list[Array]  # z of single wells of each compound
    strength: Array
    threshold: float
    rna_output: Array
    mt_share: Array
    vehicles: list[NullProfiles]
    differences: list[NullProfiles]


def load(seed: int, *, n_plates: int, strength: float, n_genes: int, active_share: float = 0.3) -> Screen:
    """Simulate a release and read it back."""
    with tempfile.TemporaryDirectory() as folder:
        release = simulate_release(
            Path(folder) / "release",
            compounds=(),
            n_compounds=180 * n_plates,
            n_plates=n_plates,
            n_genes=n_genes,
            strength=strength,
            active_share=active_share,
            n_mechanisms=12,
            seed=seed,
        )
        samples = pd.read_csv(release.metadata, dtype=str)
        table = pq.read_table(release.counts)
        genes = pd.read_csv(release.genes, dtype=str, keep_default_na=False)
    ids = np.array(table.column("gene_id").to_pylist(), dtype=str)
    counts = np.stack([table.column(name).to_numpy() for name in samples["sequenced_id"]])
    counts = counts[:, ~np.char.startswith(ids, "ERCC-")]
    symbol = dict(zip(genes["gene_id"], genes["gene_symbol"], strict=True))
    mitochondrial = np.array([symbol.get(one, "").startswith("MT-") for one in ids if not one.startswith("ERCC-")])
    sizes = library_sizes(counts)
    roles = {entry.source_compound_id: entry.role for entry in release.truth.compounds}
    compound = samples["user_compound_id"].to_numpy(str)
    role = np.array([roles.get(one, "vehicle") for one in compound])
    plate = samples["container_id"].to_numpy(str)
    kept = expressed(counts, library_sizes=sizes)
    profiles = log2_cpm(counts[:, kept], library_sizes=sizes, typical_size=float(np.median(sizes)))
    return Screen(
        profiles=profiles,
        sizes=sizes,
        mitochondrial=counts[:, mitochondrial].sum(axis=1) / sizes,
        usable=well_quality(counts, role.tolist(), plate.tolist(), mitochondrial).usable,
        role=role,
        plate=plate,
        compound=compound,
        mechanism={one.source_compound_id: one.mechanism or "" for one in release.truth.compounds},
        potency={one.source_compound_id: one.potency for one in release.truth.compounds},
    )


def signatures(screen: Screen, *, baseline: str) -> Signatures:
    """Make the signatures of all library compounds, as an ingestion does."""
    places = {plate: np.flatnonzero(screen.plate == plate) for plate in np.unique(screen.plate).tolist()}
    groups = [None if role == "vehicle" else one for one, role in zip(screen.compound, screen.role, strict=True)]
    summaries = [
        summarize_plate(
            screen.profiles[rows],
            plate=plate,
            roles=screen.role[rows].tolist(),
            groups=[groups[row] for row in rows],
            usable=screen.usable[rows],
        )
        for plate, rows in places.items()
    ]
    noise = pooled_variance(summaries)
    model = fit_baselines(summaries, method=baseline, noise=noise)  # type: ignore[arg-type]
    made: dict[str, list] = {name: [] for name in ("compounds", "plates", "lfc", "z", "wells", "strength", "rna", "mt")}
    vehicles, differences, nulls = [], [], []
    for plate, rows in places.items():
        base = model.of(plate)
        vehicle = rows[(screen.role[rows] == "vehicle") & screen.usable[rows]]
        typical, usual = np.median(screen.sizes[vehicle]), np.median(screen.mitochondrial[vehicle])
        library = rows[screen.role[rows] == "library"]
        for compound in np.unique(screen.compound[library]).tolist():
            wells = library[screen.compound[library] == compound]
            deltas = contrast(screen.profiles[wells], base)
            effect = combine(deltas, sigma2=noise.sigma2, shared=base.shared_factor)
            made["compounds"].append(compound)
            made["plates"].append(plate)
            made["lfc"].append(effect.lfc)
            made["z"].append(effect.z)
            made["wells"].append(
                np.array([combine(one[None], sigma2=noise.sigma2, shared=base.shared_factor).z for one in deltas])
            )
            made["strength"].append(strength_of(deltas, noise.sigma2, base.shared_factor))
            made["rna"].append(float(np.log2(screen.sizes[wells] / typical).mean()))
            made["mt"].append(float(np.log2(screen.mitochondrial[wells] / usual).mean()))
        sets = {"plate": plate, "model": model, "sigma2": noise.sigma2}
        vehicles.append(vehicle_nulls(screen.profiles[vehicle], **sets))
        nulls.append(vehicle_null_strengths(screen.profiles[vehicle], **sets))
        differences.append(
            replicate_differences(
                screen.profiles[library], plate=plate, groups=[groups[row] for row in library], sigma2=noise.sigma2
            )
        )
    return Signatures(
        compounds=made["compounds"],
        plates=made["plates"],
        lfc=np.array(made["lfc"]),
        z=np.array(made["z"]),
        wells=made["wells"],
        strength=np.array(made["strength"]),
        threshold=activity_threshold(np.concatenate(nulls), level=0.99),
        rna_output=np.array(made["rna"]),
        mt_share=np.array(made["mt"]),
        vehicles=vehicles,
        differences=differences,
    )


def strength_of(deltas: Array, sigma2: Array, shared: float | Array) -> float:
    """Strength of one compound on one plate."""
    return strength(deltas, sigma2=sigma2, shared=shared)


def judge(screen: Screen, made: Signatures, **switches: bool) -> dict[str, float]:
    """Make features and nulls with these switches, and compare with the truth."""
    offsets = plate_offsets(made.z, plates=made.plates, strength=made.strength)
    centered = switches["centering"]
    z = offsets.remove(made.z, made.plates) if centered else made.z
    noise = np.concatenate([part.z for part in made.differences])
    model = fit_features(
        z,
        active=made.strength > made.threshold,
        null_z=noise,
        rna_output=made.rna_output,
        mt_share=made.mt_share,
        sphering=switches["sphering"],
        remove_stress=switches["stress"],
        weigh_genes=switches["weights"],
    )
    features, _ = model.transform(z)
    figures = retrieval(screen, made, features)
    figures |= calibration(screen, made, features, model, offsets if centered else None)
    return figures


def retrieval(screen: Screen, made: Signatures, features: Array) -> dict[str, float]:
    """Mean average precision, plate share of the top 50 over chance, and cosine of inactive plate-mates."""
    mechanism = np.array([screen.mechanism[one] for one in made.compounds])
    plates = np.array(made.plates)
    unit = unit_rows(features)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -np.inf)
    active = np.flatnonzero(mechanism != "")
    precision, shares, chances = [], [], []
    for row in active.tolist():
        order = np.argsort(-scores[row], kind="stable")[:-1]
        hits = mechanism[order] == mechanism[row]
        if hits.any():
            precision.append(float((np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)).mean()))
        shares.append(float((plates[order[:50]] == plates[row]).mean()))
        chances.append(float((plates[order] == plates[row]).mean()))
    still = np.flatnonzero(mechanism == "")
    mates = (plates[still][:, None] == plates[still]) & ~np.eye(len(still), dtype=bool)
    return {
        "map": float(np.mean(precision)) if precision else float("nan"),
        "plate_share": float(np.mean(shares) / np.mean(chances)) if shares else float("nan"),
        "null_cosine": float(scores[np.ix_(still, still)][mates].mean()),
    }


def calibration(
    screen: Screen, made: Signatures, features: Array, model: FeatureModel, offsets: object
) -> dict[str, float]:
    """How often noise gets neighbors, and how often strong compounds do."""
    parts = [*made.vehicles, *made.differences]
    z = [offsets.remove(p.z, [p.plate] * len(p.z)) if offsets and p.kind == "vehicle" else p.z for p in parts]
    null = np.concatenate([model.transform(one)[0] for one in z])
    null_plates = [part.plate for part in parts for _ in part.wells]
    index = {(one, plate): row for row, (one, plate) in enumerate(zip(made.compounds, made.plates, strict=True))}
    by_plate = {plate: [one for one, where in index if where == plate] for plate in dict.fromkeys(made.plates)}
    null_members: list[tuple[str, ...]] = []
    for part in parts:
        if part.kind == "vehicle":
            null_members += [tuple(f"{part.plate}/{well}" for well in wells) for wells in part.wells]
        else:
            null_members += _compound_of(screen, part, by_plate[part.plate])
    members = [(one,) for one in made.compounds]
    fitted = fit_null_model(
        features,
        plates=made.plates,
        members=members,
        null_features=null,
        null_plates=null_plates,
        null_members=null_members,
    )
    wells = [model.transform(offsets.remove(w, [p] * len(w)) if offsets else w)[0]
             for w, p in zip(made.wells, made.plates, strict=True)]  # fmt: skip
    quiet = np.flatnonzero(made.strength <= np.median(made.strength))
    agreement_null = replicate_null(
        np.concatenate([wells[row] for row in quiet]),
        compounds=[row for row in quiet for _ in wells[row]],
        plates=[made.plates[row] for row in quiet for _ in wells[row]],
        rng=np.random.default_rng(0),
    )
    agreement = np.array([replicate_cosine(one) for one in wells])
    gate = replicate_p(agreement, agreement_null)
    return library_figures(screen, made, features, fitted, null, null_plates, null_members, gate) | vehicle_figures(
        made, features, fitted, null, null_plates, null_members
    )


def _compound_of(screen: Screen, part: NullProfiles, _: list[str]) -> list[tuple[str, ...]]:
    """Compound behind each replicate difference of a plate."""
    rows = np.flatnonzero((screen.plate == part.plate) & (screen.role == "library"))
    return [(str(screen.compound[rows[wells[0]]]),) for wells in part.wells]


def library_figures(
    screen: Screen,
    made: Signatures,
    features: Array,
    fitted: NullModel,
    null: Array,
    null_plates: list[str],
    null_members: list[tuple[str, ...]],
    gate: Array,
) -> dict[str, float]:
    """Share of inactive compounds with a sure neighbor, of strong ones with a right one."""
    unit, null_unit = unit_rows(features), unit_rows(null)
    plates = np.array(made.plates)
    mechanism = np.array([screen.mechanism[one] for one in made.compounds])
    potency = np.array([screen.potency[one] for one in made.compounds])
    others = np.array(null_plates)
    own = np.array([members[0] for members in null_members])
    found, bare, right, active_found = [], [], [], []
    for row, compound in enumerate(made.compounds):
        scale = fitted.scale_of(
            null_unit @ unit[row], same_plate=others == plates[row], exclude=own == compound
        )
        rest = np.delete(np.arange(len(unit)), row)
        p = fitted.p_noise(unit[rest] @ unit[row], query=scale, rows=rest, same_plate=plates[rest] == plates[row])
        q, plain = q_noise(p, query_p=float(gate[row])), q_noise(p)
        if not mechanism[row]:
            found.append(bool((q < 0.05).any()))
            bare.append(bool((plain < 0.05).any()))
            continue
        active_found.append(bool(((q < 0.05) & (mechanism[rest] == mechanism[row])).any()))
        if potency[row] >= STRONG_POTENCY:
            right.append(active_found[-1])
    return {
        "inactive_found": float(np.mean(found)),
        "inactive_ungated": float(np.mean(bare)),
        "power": float(np.mean(right)) if right else float("nan"),
        "power_all": float(np.mean(active_found)) if active_found else float("nan"),
        "gated_in_inactive": float((gate[mechanism == ""] < 0.05).mean()),
        "gated_in_active": float((gate[mechanism != ""] < 0.05).mean()) if (mechanism != "").any() else float("nan"),
    }


def vehicle_figures(
    made: Signatures,
    features: Array,
    fitted: NullModel,
    null: Array,
    null_plates: list[str],
    null_members: list[tuple[str, ...]],
) -> dict[str, float]:
    """Vehicle wells as queries: how p is distributed, and who finds a neighbor."""
    unit, null_unit = unit_rows(features), unit_rows(null)
    plates, others = np.array(made.plates), np.array(null_plates)
    rows = np.arange(len(unit))
    n_vehicle = sum(len(part.wells) for part in made.vehicles)
    found: list[bool] = []
    same_p, other_p, one_p = [], [], []
    rng = np.random.default_rng(1)
    taken: set[str] = set()
    for at in range(n_vehicle):
        mine = set(null_members[at])
        exclude = np.array([bool(mine & set(names)) for names in null_members])
        scale = fitted.scale_of(null_unit @ null_unit[at], same_plate=others == others[at], exclude=exclude)
        same = plates == others[at]
        p = fitted.p_noise(unit @ null_unit[at], query=scale, rows=rows, same_plate=same)
        found.append(bool((q_noise(p) < 0.05).any()))
        if not mine & taken:
            taken |= mine
            same_p.append(p[same])
            other_p.append(p[~same])
            one_p.append(float(p[rng.integers(len(p))]))
    figures = {"dmso_ungated": float(np.mean(found)), "one_p": one_p}
    for name, values in (("same", np.concatenate(same_p)), ("other", np.concatenate(other_p) if other_p else None)):
        for level in LEVELS:
            figures[f"p_{name}_{level}"] = float((values < level).mean()) if values is not None else float("nan")
    return figures
