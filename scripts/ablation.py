"""Compare recipes from counts to neighbours on simulated screens of known truth, through the product itself.

    python scripts/ablation.py --quick
    python scripts/ablation.py --seeds 101-110 --plates 5 --strength 0.35 --json ablation.json
    python scripts/ablation.py --seeds 1-5 --plates 3 5 20 --strength 0.35 1.0 --recipes default "vehicle_plate, plain z"

Each release is simulated, ingested with ``vcpi ingest release`` once for each recipe, and every compound is asked about
against all others. Tune on seeds 1 to 10, report on 101 to 110. Every figure comes from simulated counts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vcpi.assemble.releases import ingest_release
from vcpi.database import Database
from vcpi.database.calibration import TAIL_REACH
from vcpi.demo.simulate import simulate_release
from vcpi.signature.calibration import q_noise
from vcpi.signature.nullmodel import NullModel, unit_rows
from vcpi.signature.recipe import Recipe
from vcpi.store import read

COMPOUNDS_A_PLATE = 180
N_MECHANISMS = 12
STRONG_POTENCY = 0.9
SURE = 0.05
NEAREST = 50
CONTROL = "control"
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
class Way:
    """A recipe, the layer that is searched (the dataset's own where None), and the metric."""

    recipe: Recipe
    layer: str | None = None
    metric: str = "cosine"


OFF = {"plate_offsets": False, "sphering": False, "stress_removal": False, "gene_weights": False}
WAYS: dict[str, Way] = {
    "default": Way(recipe=Recipe()),
    "default, Spearman": Way(recipe=Recipe(), metric="Spearman"),
    "default, extreme genes": Way(recipe=Recipe(), metric="extreme genes"),
    **{f"without {name}": Way(recipe=Recipe(**{name: False})) for name in (*OFF, "positions")},
    "hybrid, plain z": Way(recipe=Recipe(**OFF), layer="z"),
    "library size tmm": Way(recipe=Recipe(library_size="tmm")),
    "library size ratio": Way(recipe=Recipe(library_size="ratio")),
    **{name: Way(recipe=Recipe(baseline=name)) for name in ("vehicle_plate", "vehicle_pooled", "plate_center")},
    "vehicle_plate, nothing taken out": Way(recipe=Recipe(baseline="vehicle_plate", **OFF)),
    "vehicle_plate, plain z": Way(recipe=Recipe(baseline="vehicle_plate", **OFF), layer="z"),
    "vehicle_plate, plain lfc": Way(recipe=Recipe(baseline="vehicle_plate", **OFF), layer="lfc"),
}
QUICK = ("default", "vehicle_plate, plain lfc")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One simulated release."""

    seed: int
    plates: int
    strength: float
    genes: int
    active_share: float


@dataclass(frozen=True, kw_only=True)
class Screen:
    """The signatures of one release, made by one recipe, with the truth about their compounds."""

    vectors: NDArray[np.float32]
    mechanism: NDArray[np.str_]  # empty where inactive
    potency: Array
    plate: NDArray[np.str_]
    gate: Array
    null: NullModel | None


def run(case: Case, names: list[str]) -> list[dict[str, object]]:
    """Judge some ways on one release."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as scratch:
        release = simulate_release(
            Path(scratch) / "release",
            compounds=(),
            n_compounds=COMPOUNDS_A_PLATE * case.plates,
            n_plates=case.plates,
            n_genes=case.genes,
            n_mechanisms=N_MECHANISMS,
            strength=case.strength,
            active_share=case.active_share,
            seed=case.seed,
        )
        truth = {one.source_compound_id: one for one in release.truth.compounds}
        homes: dict[Recipe, tuple[Path, float]] = {}
        for name in names:
            way = WAYS[name]
            if way.recipe not in homes:
                home, start = Path(scratch) / f"home-{len(homes)}", time.perf_counter()
                ingest_release(home, [release.folder], recipe=way.recipe)
                homes[way.recipe] = home, time.perf_counter() - start
            home, seconds = homes[way.recipe]
            with Database(home) as database:
                screen = load(database, way, truth)
                figures = {**retrieval(screen), **calibration(screen), **noise(database, screen, way)}
            rows.append(
                {
                    "way": name,
                    "plates": case.plates,
                    "strength": case.strength,
                    "seed": case.seed,
                    **figures,
                    "s": seconds,
                }
            )
    return rows


def load(database: Database, way: Way, truth: dict[str, object]) -> Screen:
    """Read signatures and null of a workspace."""
    (entry,) = database.status()["datasets"]
    library = database._library(entry)
    known = {row["signature_id"]: row["source_signature_id"].split("|")[0] for row in database.table("signatures")}
    compounds = [truth.get(known[one.signature_id]) for one in library.signatures]
    vectors = library.index.vectors
    if way.layer is not None:
        _, values = read.vectors(database._connection, entry["dataset_id"], layer=way.layer)
        vectors = values
    if way.metric != "cosine":
        vectors = METRICS[way.metric](np.asarray(vectors, dtype=np.float64))
    usual = way.layer is None and way.metric == "cosine"
    return Screen(
        vectors=unit_rows(np.asarray(vectors, dtype=np.float32)),
        mechanism=np.array(
            [CONTROL if one is None or one.role != "library" else one.mechanism or "" for one in compounds]
        ),
        potency=np.array([0.0 if one is None else one.potency for one in compounds]),
        plate=np.array([one.plates[0] for one in library.signatures]),
        gate=np.array([one.replicate_p or 0.0 for one in library.signatures]),
        null=library.null if usual else None,
    )


def retrieval(screen: Screen) -> dict[str, float]:
    """Judge what is nearest to active compounds, and what inactive plate-mates have in common."""
    scores = screen.vectors @ screen.vectors.T
    library = np.flatnonzero(screen.mechanism != CONTROL)
    precision, mates, chance = [], [], []
    for row in library[screen.mechanism[library] != ""].tolist():
        others = library[library != row]
        others = others[np.argsort(-scores[row, others], kind="stable")]
        places = np.flatnonzero(screen.mechanism[others] == screen.mechanism[row]) + 1
        if len(places):
            precision.append((np.arange(1, len(places) + 1) / places).mean())
        same = screen.plate[others] == screen.plate[row]
        mates.append(same[:NEAREST].mean())
        chance.append(same.mean())
    quiet = np.flatnonzero(screen.mechanism == "")
    pairs = (screen.plate[quiet][:, None] == screen.plate[quiet]) & ~np.eye(len(quiet), dtype=bool)
    return {
        "mAP": float(np.mean(precision)) if precision else np.nan,
        "mates / chance": float(np.mean(mates) / np.mean(chance)) if mates else np.nan,
        "null cosine": float(scores[np.ix_(quiet, quiet)][pairs].mean()),
    }


def calibration(screen: Screen) -> dict[str, float]:
    """Judge p and q: of inactive compounds by their truth, of strong ones by whether they find their like."""
    null = screen.null
    if null is None:
        return {}
    scores, rows = screen.vectors @ screen.vectors.T, np.arange(len(screen.vectors))
    inactive, power = [], []
    small: dict[str, list[float]] = {"same": [], "other": []}
    for row in np.flatnonzero(screen.mechanism != CONTROL).tolist():
        same = screen.plate == screen.plate[row]
        p = null.p_noise(scores[row], query=null.scale_at(row), rows=rows, same_plate=same)
        p = np.maximum(p, TAIL_REACH / null.n_null)
        others = rows != row
        q = q_noise(p[others], query_p=float(screen.gate[row]))
        if screen.mechanism[row] == "":
            inactive.append(bool((q < SURE).any()))
            still = others & (screen.mechanism == "")
            for name, mask in (("same", same), ("other", ~same)):
                if (still & mask).any():
                    small[name].append(float((p[still & mask] < SURE).mean()))
        elif screen.potency[row] >= STRONG_POTENCY:
            power.append(bool(((q < SURE) & (screen.mechanism[others] == screen.mechanism[row])).any()))
    return {
        "inactive q<.05": float(np.mean(inactive)),
        "strong found": float(np.mean(power)) if power else np.nan,
        **{f"p<.05 {name}": float(np.mean(values)) if values else np.nan for name, values in small.items()},
    }


def noise(database: Database, screen: Screen, way: Way) -> dict[str, float]:
    """Judge vehicle wells treated as compounds, as ``vcpi evaluate`` does."""
    if screen.null is None or way.recipe != Recipe():
        return {}
    world = database.evaluate().null_world
    return {
        "DMSO q<.05": world.pseudo_neighbours.share if world.pseudo_neighbours else np.nan,
        "DMSO KS p": world.uniformity.ks_p if world.uniformity else np.nan,
    }


def table(rows: list[dict[str, object]]) -> str:
    """Average over seeds and write a Markdown table."""
    frame = pd.DataFrame(rows)
    least = frame.groupby(["plates", "strength", "way"], sort=False)["mAP"].min().rename("least mAP")
    means = frame.drop(columns="seed").groupby(["plates", "strength", "way"], sort=False).mean()
    means.insert(1, "least mAP", least)
    means = means.reset_index()
    lines = ["| " + " | ".join(means.columns) + " |", "|" + " --- |" * len(means.columns)]
    for row in means.itertuples(index=False):
        cells = ("-" if v != v else f"{v:.3f}" if isinstance(v, float) else str(v) for v in row)  # noqa: PLR0124  NaN
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def seeds(text: str) -> list[int]:
    """Read ``101-110`` or ``1,2,5``."""
    found: list[int] = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        found += range(int(low), int(high or low) + 1)
    return found


def main() -> None:
    """Read the command line, run, print one table."""
    parser = argparse.ArgumentParser(description="Compare recipes on simulated screens of known truth.")
    parser.add_argument("--seeds", type=seeds, default=seeds("1-3"), help="101-110 or 1,2,5")
    parser.add_argument("--plates", type=int, nargs="+", default=[5])
    parser.add_argument("--strength", type=float, nargs="+", default=[0.35])
    parser.add_argument(
        "--recipes",
        nargs="+",
        choices=list(WAYS),
        metavar="NAME",
        help="one or more of: " + "; ".join(f"'{name}'" for name in WAYS),
    )
    parser.add_argument("--genes", type=int, default=3000)
    parser.add_argument("--active-share", type=float, default=0.3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="one seed, the default against plain fold changes")
    parser.add_argument("--json", type=Path, help="write every row there")
    args = parser.parse_args()
    chosen = args.recipes if args.recipes is not None else list(QUICK if args.quick else WAYS)
    cases = [
        Case(seed=seed, plates=plates, strength=strength, genes=args.genes, active_share=args.active_share)
        for plates, strength, seed in product(args.plates, args.strength, args.seeds[:1] if args.quick else args.seeds)
    ]
    rows: list[dict[str, object]] = []
    with ProcessPoolExecutor(max_workers=args.workers) as pool:
        for found in pool.map(run, cases, [chosen] * len(cases)):
            rows += found
            if args.json:
                args.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    used = args.seeds[:1] if args.quick else args.seeds
    print(f"seeds {', '.join(map(str, used))}; {args.genes:,} genes; SIMULATED counts; '-': not judged for this way\n")
    print(table(rows))


if __name__ == "__main__":
    main()
