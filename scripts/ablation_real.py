"""Compare ways to search over real data: metric, gene scaling and baseline, judged by shared mechanisms.

    python scripts/ablation_real.py DATA
    python scripts/ablation_real.py DATA --json real.json

DATA is a folder that holds ``l1000_drugbank_consensus``, ``l1000_plate_cpc006`` and ``macseq_counts_kp6490``; a set that
is not there is passed over and named. Figures are mean average precision (mAP) and precision at 1 (P@1) of finding a
compound that shares a mechanism; the same compound at another dose or in another cell line is never counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from ablation import METRICS
from convert_macseq import convert
from numpy.typing import NDArray

from vcpi.assemble.releases import ingest_release
from vcpi.database import Database
from vcpi.signature.baseline import fit_baselines
from vcpi.signature.contrast import combine, contrast
from vcpi.signature.recipe import Recipe
from vcpi.signature.variance import pooled_variance, summarize_plate
from vcpi.store import read

Array = NDArray[np.float64]
Row = dict[str, object]
SUBSETS = ("all", "stronger half", "tubulin", "glucocorticoid", "mTOR or PI3K")
_WORDS = {"tubulin": ("tubulin",), "glucocorticoid": ("glucocorticoid",), "mTOR or PI3K": ("mtor", "pi3k")}


def retrieval(vectors: Array, labels: Sequence[set[str]], names: Sequence[str]) -> tuple[Array, Array]:
    """Average precision and precision at 1 of each row in finding rows of other compounds that share a label.

    NaN where no other compound does.
    """
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(norms > 0, norms, 1.0)
    scores = unit @ unit.T
    precision, first = np.full(len(unit), np.nan), np.full(len(unit), np.nan)
    for row in range(len(unit)):
        others = np.array([at for at in range(len(unit)) if names[at] != names[row]])
        relevant = np.array([bool(labels[row] & labels[at]) for at in others.tolist()])
        if not relevant.any():
            continue
        found = relevant[np.argsort(-scores[row, others], kind="stable")]
        places = np.flatnonzero(found) + 1
        precision[row] = (np.arange(1, len(places) + 1) / places).mean()
        first[row] = found[0]
    return precision, first


def l1000_consensus(folder: Path) -> list[Row]:
    """Compare metrics and gene scalings on one signature a drug, identical signatures folded."""
    compounds = pd.read_csv(folder / "compounds.tsv", sep="\t").drop_duplicates("signature_group")
    values = pd.read_parquet(folder / "signatures.parquet").set_index("compound_id")
    z = values.loc[compounds.compound_id].to_numpy(dtype=np.float64)
    labels = [set(text.split("|")) if isinstance(text, str) else set() for text in compounds.moa]
    names = compounds.compound_id.tolist()
    spread = np.sqrt((z**2).mean(axis=0))
    weights = np.sqrt(np.clip(1.0 - 1.0 / spread**2, 0.0, 1.0))
    layers = {
        "z": z,
        "z / root mean square of the gene": z / spread,
        "the same, weighed by reliability": z / spread * weights,
    }
    strength = np.linalg.norm(z, axis=1)
    masks = {"all": np.ones(len(z), dtype=bool), "stronger half": strength >= np.median(strength)}
    for name, words in _WORDS.items():
        masks[name] = np.array([any(word in label.lower() for label in own for word in words) for own in labels])
    metrics: dict[str, Callable[[Array], Array]] = {"cosine": lambda rows: rows, **METRICS}
    rows = []
    for layer, vectors in layers.items():
        for metric, change in metrics.items():
            precision, _ = retrieval(change(vectors), labels, names)
            row: Row = {"data": "L1000 consensus", "layer": layer, "metric": metric}
            rows.append(row | {name: float(np.nanmean(precision[masks[name]])) for name in SUBSETS})
    return rows


def l1000_plate(folder: Path) -> list[Row]:
    """Compare our z of one plate with CMap's own, by baseline."""
    level3 = pd.read_parquet(folder / "level3_qnorm.parquet").set_index("probe_id")
    reference = pd.read_parquet(folder / "reference_robust_z.parquet")
    reference = reference.set_index(reference.columns[0]).loc[level3.index, level3.columns]
    wells = pd.read_csv(folder / "wells.tsv", sep="\t").set_index("well").loc[level3.columns]
    roles = ["vehicle" if kind == "CTL_VEHICLE" else "library" for kind in wells.pert_type]
    names = [str(name).casefold() for name in wells.lincs_name.fillna(wells.pert_desc)]
    labels = [set(text.split("|")) if isinstance(text, str) else set() for text in wells.moa]
    profiles = level3.T.to_numpy(dtype=np.float64)
    # the population spread of the plate, as CMap takes it
    mad = 1.4826 * np.median(np.abs(profiles - np.median(profiles, axis=0)), axis=0)
    summary = summarize_plate(profiles, plate="p", roles=roles, groups=[None] * len(roles))
    noise = pooled_variance([summary])
    rows = []
    for method in ("plate_center", "vehicle_plate", "hybrid"):
        baseline = fit_baselines([summary], method=method, noise=noise).of("p")
        deltas = contrast(profiles, baseline)
        z = np.array([combine(row[np.newaxis], sigma2=noise.sigma2, shared=0.0).z for row in deltas])
        treated = np.array([role == "library" for role in roles])
        chosen = np.flatnonzero(treated)
        precision, first = retrieval(z[chosen], [labels[at] for at in chosen], [names[at] for at in chosen])
        robust = deltas / np.maximum(mad, 0.1)
        rows.append(
            {
                "data": "L1000 plate CPC006",
                "baseline": method,
                "r with CMap's z": float(np.corrcoef(robust.ravel(), reference.T.to_numpy().ravel())[0, 1]),
                "mAP": float(np.nanmean(precision)),
                "P@1": float(np.nanmean(first)),
            }
        )
    return rows


def macseq(folder: Path) -> list[Row]:
    """Compare baselines on raw counts of one plate, through the product: a signature for each dose and cell line."""
    with (folder / "treatments.tsv").open(encoding="utf-8") as stream:
        table = pd.read_csv(stream, sep="\t").set_index("Treatment_1")
    moa = {name: set(text.split("|")) if isinstance(text, str) else set() for name, text in table.moa.items()}
    rows = []
    for baseline in ("hybrid", "plate_center", "vehicle_plate", "vehicle_pooled"):
        with tempfile.TemporaryDirectory() as scratch:
            convert(folder, Path(scratch) / "release")
            home = Path(scratch) / "home"
            ingest_release(home, [Path(scratch) / "release"], recipe=Recipe(baseline=baseline))
            with Database(home) as database:
                (entry,) = database.status()["datasets"]
                signatures = {row["signature_id"]: row for row in database.table("signatures")}
                layer = entry["search_layer"]
                ids, vectors = read.vectors(database._connection, entry["dataset_id"], layer=layer)
        known = [signatures[signature_id] for signature_id in ids.tolist()]
        names = [row["source_signature_id"].split("|")[0] for row in known]
        kept = [at for at, name in enumerate(names) if name not in ("Media", "DMSO")]
        alone = retrieval(vectors[kept].astype(np.float64), [moa[names[at]] for at in kept], [names[at] for at in kept])
        keys = sorted({(names[at], known[at]["dose_um"]) for at in kept})
        pooled = np.array([_pooled(vectors, known, names, key) for key in keys])
        together = retrieval(pooled, [moa[name] for name, _ in keys], [name for name, _ in keys])
        for what, (precision, first) in (("dose and cell line", alone), ("dose, cell lines pooled", together)):
            n = int(np.isfinite(first).sum())
            row: Row = {"data": "MAC-seq KP-6490", "signature for each": what, "baseline": baseline, "layer": layer}
            rows.append(row | {"n": n, "P@1": float(np.nanmean(first)), "mAP": float(np.nanmean(precision))})
    return rows


def _pooled(vectors: NDArray[np.float32], known: Sequence[Row], names: Sequence[str], key: tuple[str, object]) -> Array:
    """Combine the z of one treatment over cell lines (Stouffer, weighted by wells)."""
    own = [at for at, row in enumerate(known) if (names[at], row["dose_um"]) == key]
    n = np.array([float(str(known[at]["n_replicates"])) for at in own])
    return np.asarray((np.sqrt(n)[:, np.newaxis] * vectors[own]).sum(axis=0) / np.sqrt(n.sum()))


SETS: dict[str, Callable[[Path], list[Row]]] = {
    "l1000_drugbank_consensus": l1000_consensus,
    "l1000_plate_cpc006": l1000_plate,
    "macseq_counts_kp6490": macseq,
}


def markdown(rows: Sequence[Row]) -> str:
    """Write rows of one kind as a table."""
    head = list(rows[0])
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(" --- " for _ in head) + "|"]
    for row in rows:
        cells = (f"{value:.3f}" if isinstance(value, float) else str(value) for value in row.values())
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Read the arguments, run what is there, print the tables."""
    parser = argparse.ArgumentParser(description="Compare ways to search over real data.")
    parser.add_argument("data", type=Path, help="folder of the data sets")
    parser.add_argument("--json", type=Path, help="write all figures here too")
    arguments = parser.parse_args()
    every: list[Row] = []
    for name, run in SETS.items():
        folder = arguments.data / name
        if not folder.is_dir():
            print(f"{name} is not in {arguments.data}: passed over", file=sys.stderr)
            continue
        rows = run(folder)
        every += rows
        print(f"{markdown(rows)}\n")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(every, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
