"""Time every connectivity score: one query against many references, and what a rank matrix made once saves.

    python scripts/benchmark_scores.py [--references 14000] [--genes 13000]

The baseline is a full argsort of every reference, which any score of ranks needs that does not share its work. Peak
memory is what the process took beyond the references themselves; times are the best of three.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

import numpy as np

from vcpi.signature.connectivity import METHODS, rank_matrix, score

BASELINE = "full argsort"
RANKS = "rank matrix"
WITH_RANKS = " with rank matrix"
MIB = 1024
REPEATS = 3


def references(n_rows: int, n_genes: int) -> np.ndarray:
    """Make references without a second copy of them in memory."""
    rng = np.random.default_rng(0)
    rows = np.empty((n_rows, n_genes), dtype=np.float32)
    for row in rows:
        rng.standard_normal(out=row, dtype=np.float32)
    return rows


def lists(n_genes: int) -> np.ndarray:
    """Make lists of 150 genes a side."""
    query = np.zeros(n_genes)
    query[np.random.default_rng(1).permutation(n_genes)[:300]] = np.repeat([1.0, -1.0], 150)
    return query


def measure(what: str, n_rows: int, n_genes: int) -> None:
    """Time one thing in this process and print it."""
    rows = references(n_rows, n_genes)
    name = what.removesuffix(WITH_RANKS)
    positions = rank_matrix(rows) if what.endswith(WITH_RANKS) else None
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    query = lists(n_genes) if name not in METHODS or "lists" in METHODS[name].takes else rows[0].astype(np.float64)
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        if name in METHODS:
            score(name, query, rows, positions=positions)
        elif name == RANKS:
            rank_matrix(rows)
        else:
            for block in range(0, n_rows, 256):
                np.argsort(-rows[block : block + 256], axis=1, kind="stable")
        seconds.append(time.perf_counter() - start)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / MIB
    # making the rank matrix in this process has raised the peak already
    memory = "" if positions is not None else f"{peak:8.0f} MiB"
    print(f"{what:32} {min(seconds):8.2f} s (slowest {max(seconds):.2f}) {memory}", flush=True)


def main() -> None:
    """Measure each in a process of its own, so that its peak is its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--references", type=int, default=14_000)
    parser.add_argument("--genes", type=int, default=13_000)
    parser.add_argument("--only")
    given = parser.parse_args()
    if given.only:
        measure(given.only, given.references, given.genes)
        return
    print(f"{given.references} references x {given.genes} genes, float32; one query")
    for what in (BASELINE, RANKS, *METHODS, "spearman" + WITH_RANKS, "wtcs" + WITH_RANKS):
        sizes = ["--references", str(given.references), "--genes", str(given.genes)]
        subprocess.run([sys.executable, __file__, *sizes, "--only", what], check=True)


if __name__ == "__main__":
    main()
