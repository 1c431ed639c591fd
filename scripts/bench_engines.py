"""Figures of an engine beside the embedded indexes, and the plan for libraries beyond one machine.

``python scripts/bench_engines.py milvus://HOST:PORT --smiles FILE`` pushes real fingerprints and made-up signatures,
asks, and compares every answer with the embedded one. ``--plan`` prints bytes, machines, time and cost computed from
the rates below.
"""

from __future__ import annotations

import argparse
import gzip
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rdkit import Chem, RDLogger
from rdkit.Chem import rdFingerprintGenerator

from vcpi.engines.address import parse_address
from vcpi.engines.candidates import Searcher
from vcpi.engines.embedded import EmbeddedBackend
from vcpi.engines.interface import Rows, Space, rows_of
from vcpi.engines.milvus import MilvusBackend
from vcpi.engines.push import push

if TYPE_CHECKING:
    from collections.abc import Sequence

N_FINGERPRINTS, N_SIGNATURES, N_GENES = 200_000, 50_000, 978
N_QUERIES = 200
KINDS = {"fingerprints": ("exact", "ivf"), "signatures": ("exact", "hnsw", "sq8")}


@dataclass(frozen=True)
class Rates:
    """What the plan rests on: put what the other form of this script says of your machines in their place."""

    push_fingerprints_s: float = 1_900.0  # rows a second, one client, read back and digested: 200,000, on busy cores
    push_signatures_s: float = 630.0  # not measured: a third of that, as insertion is
    scan_bytes_s: float = 2.9e9  # of packed bits, a core: BIN_FLAT over 50,000 rows in 4.4 ms
    standardize_s: float = 365.0  # structures a second of a core, measured: SMILES to InChIKey and fingerprint
    machine_bytes: float = 32e9
    machine_cores: int = 8
    usable: float = 0.7  # of the memory, for rows
    machine_hour: float = 0.40  # US dollars; put your own


def fingerprints(files: Sequence[Path], n: int) -> tuple[Space, Rows]:
    """Make fingerprints of real structures, each once."""
    RDLogger.DisableLog("rdApp.*")
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    packed: list[Any] = []
    for path in files:
        with gzip.open(path, "rt") as stream:
            for line in stream:
                mol = Chem.MolFromSmiles(line.split()[0])
                if mol is not None and len(packed) < n:
                    packed.append(np.packbits(make.GetFingerprintAsNumPy(mol)))
    bits = np.array(packed)
    space = Space(name="bench_compounds", kind="fingerprints", width=256)
    some = len(bits)
    scalars = {
        "dataset": [f"library-{one % 3}" for one in range(some)],
        "label": [""] * some,
        "popcount": np.bitwise_count(bits).sum(axis=1),
        "molecular_weight": [-1.0] * some,
    }
    return space, rows_of(space, np.arange(some), bits, scalars)


def signatures(n: int) -> tuple[Space, Rows]:
    """Make signatures of 200 mechanisms with noise."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, N_GENES)).astype(np.float32)[rng.integers(0, 200, n)] * rng.uniform(0.1, 1.0, (n, 1))
    values = (values + rng.normal(size=(n, N_GENES))).astype(np.float32)
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    space = Space(name="bench_effects", kind="signatures", width=N_GENES)
    scalars = {
        "dataset": ["made-up"] * n,
        "label": [""] * n,
        "cell_line": [("THP-1", "A549")[one % 2] for one in range(n)],
        "dose_um": rng.choice([0.1, 1.0, 10.0], n),
        "compound_id": np.arange(n),
        "molecular_weight": rng.uniform(150, 900, n),
    }
    return space, rows_of(space, np.arange(n), unit, scalars)


def measure(address: str, space: Space, rows: Rows) -> list[dict[str, Any]]:
    """Push to the embedded engine and to each index of the other, ask both, and compare."""

    def stretch(start: int, stop: int) -> Rows:
        return rows.take(np.arange(start, min(stop, len(rows))))

    near = EmbeddedBackend()
    push(near, space, stretch, build="bench", last_id=len(rows) - 1)
    embedded = Searcher(near, space)
    asked = rows.vectors[np.linspace(0, len(rows) - 1, N_QUERIES).round().astype(int)]
    truth, seconds = _ask(embedded, asked)
    figures = [{"space": space.kind, "index": "embedded", "push s": "-", "query ms": seconds * 1e3, "recall@10": 1.0}]
    for index in KINDS[space.kind]:
        joint = "&" if "?" in address else "?"
        backend = MilvusBackend(
            parse_address(f"{address}{joint}index={index}&timeout=60&prefix=bench{int(time.time())}")
        )
        started = time.perf_counter()
        done = push(backend, space, stretch, build="bench", last_id=len(rows) - 1)
        push_s = time.perf_counter() - started
        found, seconds = _ask(Searcher(backend, space), asked)
        same = [len(set(one) & set(other)) / 10 for one, other in zip(found, truth, strict=True)]
        differing = sum(one != other for one, other in zip(found, truth, strict=True))
        name = backend.capabilities(space).engine
        figures.append(
            {
                "space": space.kind, "index": name, "push s": push_s, "query ms": seconds * 1e3,
                "recall@10": float(np.mean(same)), "stated": done.recall, "answers that differ": differing,
                "rows/s": len(rows) / push_s,
            }
        )  # fmt: skip
        print("measured", figures[-1], flush=True)
        backend.drop(space)
        backend.close()
    return figures


def _ask(searcher: Searcher, queries: Any) -> tuple[list[list[int]], float]:  # noqa: ANN401
    """Ask for the ten nearest of each; give the answers and the median seconds."""
    answers, seconds = [], []
    searcher.top(queries[0], k=10)
    for query in queries:
        started = time.perf_counter()
        answers.append(searcher.top(query, k=10).ids.tolist())
        seconds.append(time.perf_counter() - started)
    return answers, float(np.median(seconds))


def plan(rates: Rates) -> list[dict[str, Any]]:
    """Compute bytes, machines, time and cost of libraries that one machine does not hold."""
    rows = []
    for kind, sizes in (("compounds", (7, 8, 9)), ("signatures", (6, 7))):
        for power in sizes:
            n = 10**power
            each = 256 if kind == "compounds" else 4 * N_GENES
            n_bytes = n * (each + 64)
            machines = max(1, math.ceil(n_bytes / (rates.machine_bytes * rates.usable)))
            cores = machines * rates.machine_cores
            speed = rates.push_fingerprints_s if kind == "compounds" else rates.push_signatures_s
            rows.append(
                {
                    "rows": f"10^{power} {kind}",
                    "GB": round(n_bytes / 1e9, 1),
                    "machines of 32 GB": machines,
                    "exact query s": round(n * each / (rates.scan_bytes_s * cores), 3),
                    "push h (a client each)": round(n / speed / machines / 3600, 1),
                    "standardize h (same cores)": round(n / rates.standardize_s / cores / 3600, 1)
                    if kind == "compounds"
                    else None,
                    "US$ a day": round(24 * machines * rates.machine_hour, 1),
                }
            )
    return rows


def show(records: list[dict[str, Any]]) -> None:
    """Print a Markdown table."""
    columns = list(dict.fromkeys(name for one in records for name in one))
    print("|", " | ".join(columns), "|")
    print("|", " | ".join("---" for _ in columns), "|")
    for one in records:
        texts = [
            f"{one[name]:.3g}" if isinstance(one.get(name), float) else str(one.get(name, "-")) for name in columns
        ]
        print("|", " | ".join(texts), "|")


def main() -> None:
    """Measure, or plan."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", nargs="?", help="milvus://HOST:PORT")
    parser.add_argument("--smiles", type=Path, nargs="+", default=[], help=".smi.gz, a structure a line")
    parser.add_argument("--fingerprints", type=int, default=N_FINGERPRINTS)
    parser.add_argument("--signatures", type=int, default=N_SIGNATURES)
    parser.add_argument("--plan", action="store_true")
    options = parser.parse_args()
    if options.plan:
        show(plan(Rates()))
        return
    if options.address is None:
        parser.error("give the address of an engine, or --plan")
    figures = []
    if options.smiles and options.fingerprints:
        figures += measure(options.address, *fingerprints(options.smiles, options.fingerprints))
    if options.signatures:
        figures += measure(options.address, *signatures(options.signatures))
    show(figures)


if __name__ == "__main__":
    main()
