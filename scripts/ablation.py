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
from vcpi.signature.centering import PlateOffsets, plate_offsets
from vcpi.signature.contrast import combine, contrast
from vcpi.signature.features import FeatureModel, fit_features
from vcpi.signature.nullmodel import NullModel, fit_null_model, unit_rows
from vcpi.signature.nulls import NullProfiles, replicate_differences, vehicle_nulls
from vcpi.signature.profiles import expressed, library_sizes, log2_cpm, well_quality
from vcpi.signature.reproducibility import replicate_cosine, replicate_null, replicate_p
from vcpi.signature.strength import activity_threshold, strength, vehicle_null_strengths
from vcpi.signature.tails import NullDistribution
from vcpi.signature.variance import pooled_variance, summarize_plate

BASELINES = ("hybrid", "vehicle_plate", "vehicle_pooled", "plate_center")
STRONG_POTENCY = 0.9
SURE = 0.05
LEVELS = (0.1, 0.05, 0.01, 0.001)
Array = NDArray[np.float64]


def ranked(features: Array) -> Array:
    """Turn cosine into Spearman's correlation."""
    ranks = features.argsort(axis=1).argsort(axis=1).astype(np.float64)
    return ranks - ranks.mean(axis=1, keepdims=True)


def extremes(features: Array, *, n: int = 250) -> Array:
    """Keep the n highest and n lowest entries of each row."""
    n = min(n, features.shape[1] // 4)
    low, high = np.partition(features, (n - 1, -n), axis=1)[:, [n - 1, -n]].T
    return np.where((features <= low[:, None]) | (features >= high[:, None]), features, 0.0)


METRICS = {"Spearman": ranked, "extreme genes": extremes}


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
    shared: dict[str, float]  # covariance through the baseline, by plate

    def n_wells(self, n: int, plates: list[str]) -> Array:
        """Wells that n wells are worth, since they share a baseline."""
        return np.array([1.0 / (1.0 / n + self.shared[plate]) for plate in plates])


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


def signatures(screen: Screen, *, baseline: str, centered: bool = True) -> Signatures:
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
    vehicles, differences, nulls, shares = [], [], [], {}
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
        vehicles.append(vehicle_nulls(screen.profiles[vehicle], halves=True, centered=centered, **sets))
        shares[plate] = float(np.mean(base.shared_factor))
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
        shared=shares,
    )


def strength_of(deltas: Array, sigma2: Array, shared: float | Array) -> float:
    """Strength of one compound on one plate."""
    return strength(deltas, sigma2=sigma2, shared=shared)


def judge(screen: Screen, made: Signatures, *, metric: str = "cosine", **switches: bool) -> dict[str, float]:
    """Make features and nulls with these switches, and compare with the truth; other metrics by retrieval alone."""
    pairs = made.n_wells(2, made.plates)
    offsets = plate_offsets(made.z, plates=made.plates, strength=made.strength, n_wells=pairs)
    centered = switches["centering"]
    z = offsets.remove(made.z, made.plates, n_wells=pairs) if centered else made.z
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
    if metric != "cosine":
        return retrieval(screen, made, METRICS[metric](features))
    figures = retrieval(screen, made, features)
    figures |= calibration(screen, made, features, model, offsets if centered else None)
    return figures


def retrieval(screen: Screen, made: Signatures, features: Array) -> dict[str, float]:
    """Give mean average precision, plate share of the top 50 over chance, and cosine of inactive plate-mates."""
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


@dataclass(frozen=True, kw_only=True)
class Nulls:
    """Null profiles as features, and what they are made of."""

    unit: Array
    plates: NDArray[np.str_]
    members: list[tuple[str, ...]]
    fitted: NullModel
    agreement: NullDistribution


def calibration(
    screen: Screen, made: Signatures, features: Array, model: FeatureModel, offsets: PlateOffsets | None
) -> dict[str, float]:
    """Tell how often noise gets neighbors, and how often strong compounds do."""

    def features_of(z: Array, plate: str, n: int) -> Array:
        plates = [plate] * len(z)
        return model.transform(offsets.remove(z, plates, n_wells=made.n_wells(n, plates)) if offsets else z)[0]

    wells = [features_of(z, plate, 1) for z, plate in zip(made.wells, made.plates, strict=True)]
    vehicles = [features_of(part.z, part.plate, 2) for part in made.vehicles]
    parts = [*made.vehicles, *made.differences]
    plates = [part.plate for part in parts for _ in part.wells]
    members = [
        tuple(f"{part.plate}/{part.kind}/{well}" for well in wells) for part in made.vehicles for wells in part.wells
    ]
    members += [(one,) for part in made.differences for one in compounds_of(screen, part)]
    null = np.concatenate([*vehicles, *(model.transform(part.z)[0] for part in made.differences)])
    fitted = fit_null_model(
        features,
        plates=made.plates,
        members=[(one,) for one in made.compounds],
        null_features=null,
        null_plates=plates,
        null_members=members,
    )
    quiet = np.flatnonzero(made.strength <= np.median(made.strength)).tolist()
    agreement = replicate_null(
        np.concatenate([wells[row] for row in quiet]),
        compounds=[row for row in quiet for _ in wells[row]],
        plates=[made.plates[row] for row in quiet for _ in wells[row]],
        rng=np.random.default_rng(0),
    )
    nulls = Nulls(unit=unit_rows(null), plates=np.array(plates), members=members, fitted=fitted, agreement=agreement)
    gate = replicate_p(np.array([replicate_cosine(one) for one in wells]), agreement)
    halves = [replicate_cosine(features_of(one, part.plate, 1)) for part in made.vehicles for one in part.halves]
    figures = library_figures(screen, made, features, fitted, gate=gate)
    return figures | vehicle_figures(made, features, nulls, gate=replicate_p(np.array(halves), agreement))


def compounds_of(screen: Screen, part: NullProfiles) -> list[str]:
    """Compound behind each replicate difference of a plate."""
    rows = np.flatnonzero((screen.plate == part.plate) & (screen.role == "library"))
    return [str(screen.compound[rows[wells[0]]]) for wells in part.wells]


def library_figures(
    screen: Screen, made: Signatures, features: Array, fitted: NullModel, *, gate: Array
) -> dict[str, float]:
    """Give the share of inactive compounds with a sure neighbor, of strong ones with a right one."""
    unit = unit_rows(features)
    plates = np.array(made.plates)
    mechanism = np.array([screen.mechanism[one] for one in made.compounds])
    strong = np.array([screen.potency[one] for one in made.compounds]) >= STRONG_POTENCY
    found, bare, right = (np.zeros(len(unit), dtype=bool) for _ in range(3))
    for row in range(len(unit)):
        rest = np.delete(np.arange(len(unit)), row)
        p = fitted.p_noise(
            unit[rest] @ unit[row],
            query=fitted.scale_at(row),
            rows=rest,
            same_plate=plates[rest] == plates[row],
        )
        sure = q_noise(p, query_p=float(gate[row])) < SURE
        found[row], bare[row] = sure.any(), (q_noise(p) < SURE).any()
        right[row] = (sure & (mechanism[rest] == mechanism[row])).any()
    active = mechanism != ""
    figures = {
        "inactive_found": found[~active].mean(),
        "inactive_ungated": bare[~active].mean(),
        "inactive_gate": (gate[~active] < SURE).mean(),
    }
    if active.any():
        figures |= {"power": right[strong].mean(), "power_all": right[active].mean()}
    return {name: float(value) for name, value in figures.items()}


def vehicle_figures(made: Signatures, features: Array, nulls: Nulls, *, gate: Array) -> dict[str, float]:
    """Take vehicle wells as queries: how p is distributed, and who finds a neighbor."""
    unit, plates, rows = unit_rows(features), np.array(made.plates), np.arange(len(features))
    found, bare, one_p = [], [], []
    levels: dict[str, list[Array]] = {"same": [], "other": []}
    rng = np.random.default_rng(1)
    taken: set[str] = set()
    for at in range(sum(len(part.wells) for part in made.vehicles)):
        mine = set(nulls.members[at])
        scale = nulls.fitted.scale_of(
            nulls.unit @ nulls.unit[at],
            same_plate=nulls.plates == nulls.plates[at],
            exclude=np.array([not mine.isdisjoint(names) for names in nulls.members]),
        )
        same = plates == nulls.plates[at]
        p = nulls.fitted.p_noise(unit @ nulls.unit[at], query=scale, rows=rows, same_plate=same)
        found.append((q_noise(p, query_p=float(gate[at])) < SURE).any())
        bare.append((q_noise(p) < SURE).any())
        if mine.isdisjoint(taken):  # pseudo-compounds that share no well
            taken |= mine
            levels["same"].append(p[same])
            levels["other"].append(p[~same])
            one_p.append(float(p[rng.integers(len(p))]))
    figures = {
        "dmso_found": float(np.mean(found)),
        "dmso_ungated": float(np.mean(bare)),
        "dmso_gate": float((gate < SURE).mean()),
    }
    for name, values in levels.items():
        together = np.concatenate(values)
        figures |= {f"p_{name}<{level:g}": float((together < level).mean()) for level in LEVELS if together.size}
    return figures | {"dmso_p": one_p}  # type: ignore[dict-item]


def ablate(args: argparse.Namespace) -> list[dict]:
    """Run every combination asked for."""
    rows = []
    for seed, plates, size in product(args.seeds, args.plates, args.strength):
        screen = load(seed, n_plates=plates, strength=size, n_genes=args.genes, active_share=args.active_share)
        for baseline in args.baselines:
            made = signatures(screen, baseline=baseline)
            where = {"seed": seed, "plates": plates, "strength": size, "baseline": baseline}
            for name, values in (("plain cosine, log fold change", made.lfc), ("plain cosine, z", made.z)):
                rows.append({**where, "chain": name, **retrieval(screen, made, values)})
            raw = signatures(screen, baseline=baseline, centered=False)
            for name, switches in args.chains.items():
                start = time.perf_counter()
                figures = judge(screen, made if switches["centering"] else raw, **switches)
                rows.append({**where, "chain": name, **figures, "seconds": time.perf_counter() - start})
    return rows


def chains(*, quick: bool) -> dict[str, dict]:
    """Name the combinations of switches."""
    names = ("centering", "sphering", "stress", "weights")
    full = dict.fromkeys(names, True)
    made = {"all": full, "none": dict.fromkeys(names, False)}
    if not quick:
        made |= {f"without {name}": full | {name: False} for name in names}
        made |= {f"all, {metric}": full | {"metric": metric} for metric in METRICS}
        made |= {f"only {name}": dict.fromkeys(names, False) | {name: True} for name in names}
    return made


def table(rows: list[dict]) -> pd.DataFrame:
    """Average over seeds."""
    frame = pd.DataFrame(rows).drop(columns=["seed", "dmso_p"], errors="ignore")
    keys = ["plates", "strength", "baseline", "chain"]
    return frame.groupby(keys, sort=False).mean(numeric_only=True).reset_index()


def seeds(text: str) -> list[int]:
    """Read ``101-110`` or ``1,2,5``."""
    first, _, last = text.partition("-")
    return list(range(int(first), int(last) + 1)) if last else [int(one) for one in text.split(",")]


def main() -> None:
    """Read the command line, run, print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=seeds, default=seeds("1-3"), help="101-110 or 1,2,5")
    parser.add_argument("--plates", type=int, nargs="+", default=[5])
    parser.add_argument("--strength", type=float, nargs="+", default=[0.35])
    parser.add_argument("--baselines", nargs="+", choices=BASELINES, default=list(BASELINES))
    parser.add_argument("--chains", nargs="*", help="names of the combinations, such as all none 'without stress'")
    parser.add_argument("--genes", type=int, default=3000)
    parser.add_argument("--active-share", type=float, default=0.3)
    parser.add_argument("--quick", action="store_true", help="one seed, two baselines, all switches on or off")
    parser.add_argument("--json", type=Path, help="write every row there")
    args = parser.parse_args()
    known = chains(quick=args.quick)
    args.chains = known if args.chains is None else {name: known[name] for name in args.chains}
    if args.quick:
        args.seeds, args.baselines = args.seeds[:1], ["hybrid", "vehicle_plate"]
    rows = ablate(args)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1, allow_nan=True))
    with pd.option_context("display.width", 250, "display.max_columns", None, "display.max_rows", None):
        print(table(rows).round(4).to_string(index=False))


if __name__ == "__main__":
    main()
