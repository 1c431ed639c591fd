"""Figures of an engine beside the embedded indexes, and the plan for libraries beyond one machine.

``python scripts/bench_engines.py milvus://HOST:PORT --smiles FILE`` pushes real fingerprints and made-up signatures,
asks, and compares every answer with the embedded one of the same minute. ``--save docs/scale.json`` keeps the figures;
``--plan`` prints bytes, machines, time and cost computed from what is kept there (see ``scale.py``).
"""

from __future__ import annotations

import argparse
import gzip
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scale
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


def measure(address: str, space: Space, rows: Rows, *, server: int | None) -> list[dict[str, Any]]:
    """Push to the embedded engine and to each index of the other, ask both in turn, and compare."""

    def stretch(start: int, stop: int) -> Rows:
        return rows.take(np.arange(start, min(stop, len(rows))))

    near, started = EmbeddedBackend(), time.perf_counter()
    push(near, space, stretch, build="bench", last_id=len(rows) - 1)
    embedded_s = time.perf_counter() - started
    embedded = Searcher(near, space)
    asked = rows.vectors[np.linspace(0, len(rows) - 1, N_QUERIES).round().astype(int)]
    figures = []
    for index in KINDS[space.kind]:
        joint = "&" if "?" in address else "?"
        backend = MilvusBackend(
            parse_address(f"{address}{joint}index={index}&timeout=120&prefix=bench{int(time.time())}")
        )
        started, began = time.perf_counter(), time.process_time()
        done = push(backend, space, stretch, build="bench", last_id=len(rows) - 1)
        push_s, push_cpu_s = time.perf_counter() - started, time.process_time() - began
        searcher, can = Searcher(backend, space), backend.capabilities(space)
        before = 0.0 if server is None else scale.cpu_s(server)
        found, truth, query_s, near_s = _ask_both(searcher, embedded, asked)
        server_s = 0.0 if server is None else scale.cpu_s(server) - before
        same = [len(set(one) & set(other)) / 10 for one, other in zip(found, truth, strict=True)]
        figures.append(
            {
                "rows": space.kind, "n": len(rows), "index": can.engine.split(", ")[1], "exact": can.exact,
                "push_s": push_s, "push_client_cpu_s": push_cpu_s, "embedded_build_s": embedded_s,
                "query_ms": query_s * 1e3, "server_cpu_ms": server_s / (N_QUERIES + 1) * 1e3 if server else None,
                "embedded_ms": near_s * 1e3, "recall": float(np.mean(same)), "stated": done.recall,
                "differing": sum(one != other for one, other in zip(found, truth, strict=True)),
            }
        )  # fmt: skip
        print("measured", figures[-1], flush=True)
        backend.drop(space)
        backend.close()
    return figures


def _ask_both(one: Searcher, other: Searcher, queries: Any) -> tuple[list[Any], list[Any], float, float]:  # noqa: ANN401
    """Ask both for the ten nearest of each query, in turn; give the answers and the median seconds of each."""
    found: tuple[list[Any], list[Any]] = ([], [])
    seconds: tuple[list[float], list[float]] = ([], [])
    for searcher in (one, other):
        searcher.top(queries[0], k=10)
    for query in queries:
        for at, searcher in enumerate((one, other)):
            started = time.perf_counter()
            found[at].append(searcher.top(query, k=10).ids.tolist())
            seconds[at].append(time.perf_counter() - started)
    return found[0], found[1], float(np.median(seconds[0])), float(np.median(seconds[1]))


def main() -> None:
    """Measure, or plan."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", nargs="?", help="milvus://HOST:PORT")
    parser.add_argument("--smiles", type=Path, nargs="+", default=[], help=".smi.gz, a structure a line")
    parser.add_argument("--fingerprints", type=int, default=N_FINGERPRINTS)
    parser.add_argument("--signatures", type=int, default=N_SIGNATURES)
    parser.add_argument("--server", type=int, metavar="PID", help="process of the server, where it runs here")
    parser.add_argument("--plan", action="store_true", help="print the plan that docs/scale.json gives")
    parser.add_argument("--save", type=Path, help="docs/scale.json, to keep the figures")
    options = parser.parse_args()
    if options.plan:
        print(scale.plan_table())
        return
    if options.address is None:
        parser.error("give the address of an engine, or --plan")
    figures = []
    if options.smiles and options.fingerprints:
        figures += measure(options.address, *fingerprints(options.smiles, options.fingerprints), server=options.server)
    if options.signatures:
        figures += measure(options.address, *signatures(options.signatures), server=options.server)
    print(scale.table(figures))
    if options.save:
        backend = MilvusBackend(parse_address(options.address))
        scale.save(
            options.save, "engines", "python scripts/bench_engines.py milvus://HOST:PORT --smiles FILES --server PID",
            figures, server=f"Milvus {backend.version}",
        )  # fmt: skip
        backend.close()


if __name__ == "__main__":
    main()
