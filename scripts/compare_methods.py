"""Compare every connectivity score on real signatures by whether drugs find drugs that share their mechanism.

    python scripts/compare_methods.py DATA
    python scripts/compare_methods.py DATA --json methods.json
    python scripts/compare_methods.py DATA --lists

DATA is the folder that holds ``l1000_drugbank_consensus``: one L1000 signature a drug. Identical signatures count once.
Mean average precision (mAP) and precision at 1 (P@1) over all drugs that share a mechanism with another, and mAP of the
larger classes; chance is what a random order gives.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vcpi.assemble.signatures import ingest_signatures
from vcpi.database import Database
from vcpi.ingest.gene_sets import read_gmt
from vcpi.signature.connectivity import METHODS, score

LEAST_IN_CLASS = 8
Array = NDArray[np.float64]


def load(folder: Path) -> tuple[Array, list[set[str]]]:
    """Read signatures and mechanisms, identical signatures once."""
    compounds = pd.read_csv(folder / "compounds.tsv", sep="\t").drop_duplicates("signature_group")
    values = pd.read_parquet(folder / "signatures.parquet").set_index("compound_id")
    z = values.loc[compounds.compound_id].to_numpy(dtype=np.float64)
    return z, [set(text.split("|")) if isinstance(text, str) else set() for text in compounds.moa]


def scores_of(method: str, z: Array) -> Array:
    """Score every drug against all others."""
    if METHODS[method].blockwise:
        return score(method, z, z)
    return np.array([score(method, row, z) for row in z])


def precision(scores: Array, labels: list[set[str]]) -> tuple[Array, Array, Array]:
    """Average precision, precision at 1 and share of relevant drugs of each row; NaN where no other drug is relevant."""
    n = len(scores)
    found, first, chance = (np.full(n, np.nan) for _ in range(3))
    for row in range(n):
        others = np.delete(np.arange(n), row)
        relevant = np.array([bool(labels[row] & labels[at]) for at in others.tolist()])
        if not relevant.any():
            continue
        ranked = relevant[np.argsort(-scores[row, others], kind="stable")]
        places = np.flatnonzero(ranked) + 1
        found[row] = (np.arange(1, len(places) + 1) / places).mean()
        first[row], chance[row] = ranked[0], relevant.mean()
    return found, first, chance


def lists(data: Path) -> None:
    """Ask with published gene lists, through the product, by every method that takes lists; print where drugs stand."""
    folder = data / "l1000_drugbank_consensus"
    moa = pd.read_csv(folder / "compounds.tsv", sep="\t").set_index("compound_id").moa.fillna("")
    old = {side: read_gmt(data / "l1000_query_results" / f"science_cmap_gene_id_{side}.gmt") for side in ("up", "dn")}
    hallmark = read_gmt(data / "gene_sets" / "h.all.v7.0.symbols.gmt")
    down = [*hallmark["HALLMARK_MTORC1_SIGNALING"], *hallmark["HALLMARK_PI3K_AKT_MTOR_SIGNALING"]]
    print("| lists | method | genes used | |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        ingest_signatures(
            home, folder / "signatures.parquet", compounds=folder / "compounds.tsv", genes=folder / "genes.tsv"
        )
        with Database(home) as database:
            for method in (name for name, one in METHODS.items() if "lists" in one.takes):
                er = {
                    side: [g for gene in old[side][f"FRASOR_ER_{side.upper()}"] for g in gene.split("///")]
                    for side in old
                }
                answer = database.query(up=er["up"], down=er["dn"], method=method, k=1000)
                scores = {hit.source_compound_id: hit.connectivity for hit in answer.records}
                kinds = [
                    [scores[key] for key in scores if f"estrogen receptor {kind}" in moa[key]]
                    for kind in ("agonist", "antagonist")
                ]
                auc = np.mean([(a > b) + 0.5 * (a == b) for a in kinds[0] for b in kinds[1]])
                print(
                    f"| estrogen (Frasor) | {method} | {answer.genes['n_used']} | AUC of {len(kinds[0])} agonists against "
                    f"{len(kinds[1])} antagonists {auc:.3f} |"
                )
                answer = database.query(down=list(dict.fromkeys(down)), method=method, k=1000)
                ranks = {hit.name: hit.rank for hit in answer.records}
                told = ", ".join(f"{name} {ranks[name]}" for name in ("sirolimus", "wortmannin"))
                print(
                    f"| mTORC1 and PI3K down (Hallmark) | {method} | {answer.genes['n_used']} | rank of {len(ranks)}: {told} |"
                )


def main() -> None:
    """Read the arguments, run, print one table."""
    parser = argparse.ArgumentParser(description="Compare connectivity scores on real signatures.")
    parser.add_argument("data", type=Path, help="folder of the data sets")
    parser.add_argument("--json", type=Path, help="write all figures here too")
    parser.add_argument("--lists", action="store_true", help="ask with published gene lists instead")
    arguments = parser.parse_args()
    if arguments.lists:
        lists(arguments.data)
        return
    z, labels = load(arguments.data / "l1000_drugbank_consensus")
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    counts = Counter(label for own in labels for label in own)
    classes = [label for label, n in counts.most_common() if n >= LEAST_IN_CLASS]
    rows = []
    for name in (name for name, method in METHODS.items() if "signature" in method.takes):
        start = time.perf_counter()
        found, first, chance = precision(scores_of(name, unit), labels)
        row = {
            "method": name,
            "mAP": float(np.nanmean(found)),
            "P@1": float(np.nanmean(first)),
            "s": time.perf_counter() - start,
        }
        rows.append(row | {label: float(np.nanmean(found[[label in own for own in labels]])) for label in classes})
    chances = {label: float(np.nanmean(chance[[label in own for own in labels]])) for label in classes}
    print(
        f"{int(np.isfinite(found).sum())} of {len(z)} drugs share a mechanism with another; chance {np.nanmean(chance):.3f}\n"
    )
    names = [str(row["method"]) for row in rows]
    print("| | chance | " + " | ".join(names) + " |")
    print("| --- |" + " --- |" * (len(rows) + 1))
    for key in ("mAP", "P@1", *classes, "s"):
        own = {"mAP": float(np.nanmean(chance)), "P@1": float(np.nanmean(chance)), **chances}.get(key)
        label = f"{key} ({counts[key]})" if key in counts else key
        print(
            f"| {label} | {'' if own is None else f'{own:.3f}'} | "
            + " | ".join(f"{row[key]:.3f}" for row in rows)
            + " |"
        )
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
