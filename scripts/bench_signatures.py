"""Cosine search beside FAISS flat, gene lists beside the way block by block; simulated signatures.

Signatures are low rank and noise: loadings of 100 factors (Student's t, falling spectrum), a latent for each compound,
eight signatures of each, noise of its own (median strength about half of it). Queries are more such signatures of
compounds that are in the data, which are not in it themselves. Exact answers must have FAISS's ids, list scores those
of the blocks to the last bit. The peers hold the same vectors in memory and run in one thread.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import faiss
import numpy as np
from bench_frame import Figure, slope, take_turns

from vcpi.signature import search
from vcpi.signature.calibration import tau
from vcpi.signature.columns import Columns
from vcpi.signature.connectivity import ncs, score, signed_list
from vcpi.signature.fast import FastIndex
from vcpi.signature.search import SignatureIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench_frame import Settings

K, LISTED, REPLICATES, FACTORS = 10, 150, 8, 100
LANDMARKS, FULL_GENES = 978, 13_000
FULL, QUICK = (14_000, 100_000, 300_000, 1_000_000), (2_000, 5_000, 14_000, 30_000)
SCREEN = 14_000
BLOCKS = 2_048  # rows that the slow way scores, to compare with and to scale up
REFERENCES = 500  # queries that tau is taken from, as in a workspace


def simulate(n_rows: int, n_genes: int, *, n_queries: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make unit rows, and queries of compounds among them."""
    rng = np.random.default_rng(seed)
    loadings = rng.standard_t(3, (FACTORS, n_genes)) * np.arange(1, FACTORS + 1)[:, None] ** -0.6
    loadings = (loadings / np.sqrt((loadings**2).sum(axis=0).mean())).astype(np.float32)
    rows = np.empty((n_rows, n_genes), dtype=np.float32)
    n_compounds = -(-n_rows // REPLICATES)
    asked = set(rng.choice(n_compounds, size=min(n_queries, n_compounds), replace=False).tolist())
    queries = []
    for start in range(0, n_compounds, 500):
        n = min(500, n_compounds - start)
        latent = rng.standard_t(4, (n, FACTORS)) * rng.lognormal(-0.7, 0.7, (n, 1))
        effects = latent.astype(np.float32) @ loadings
        here = rows[REPLICATES * start : REPLICATES * (start + n)]
        here[:] = np.repeat(effects, REPLICATES, axis=0)[: len(here)]
        here += rng.standard_normal(here.shape, dtype=np.float32)
        here /= np.sqrt(np.einsum("ij,ij->i", here, here))[:, None]
        for compound in range(n):
            if start + compound in asked:
                queries.append(effects[compound] + rng.standard_normal(n_genes, dtype=np.float32))
    found = np.array(queries)
    return rows, found / np.linalg.norm(found, axis=1, keepdims=True)


def size_name(n: int) -> str:
    """Write a size as the keys have it."""
    return f"{n // 1_000_000}m" if n % 1_000_000 == 0 else f"{n // 1_000}k"


def cosine(index: SignatureIndex, queries: np.ndarray, *, name: str, record: bool) -> Iterator[Figure]:
    """Measure the exact and the fast way beside FAISS flat, the answers compared."""
    faiss.omp_set_num_threads(1)
    flat, exact, found = faiss.IndexFlatIP(index.n_genes), {}, {}
    flat.add(index.vectors)
    for _ in range(search.PATIENCE + 1):  # until the rows are coded
        index.top(queries[0], k=K)
    start = time.perf_counter()
    fast = FastIndex.build(index, n_queries=100)
    built = time.perf_counter() - start

    def ask(i: int) -> None:
        exact[i] = index.top(queries[i], k=K)[0]

    def guess(i: int) -> None:
        found[i] = index.top(queries[i], k=K, fast=fast)[0]

    peers = {}

    def peer(i: int) -> None:
        peers[i] = flat.search(queries[i : i + 1], K)[1][0]

    seconds = take_turns({"faiss": peer, "exact": ask, "fast": guess}, range(len(queries)))
    wrong = sum(set(exact[i].tolist()) != set(peers[i].tolist()) for i in exact)
    recall = sum(np.isin(exact[i], found[i]).sum() for i in exact) / (K * len(exact))
    middle = {way: float(np.median(values)) for way, values in seconds.items()}
    note = f"{len(queries)} queries, {wrong} with other ids"
    yield Figure(key=f"cosine_{name}_exact_ms", value=1e3 * middle["exact"], unit="ms", note=note)
    yield Figure(
        key=f"cosine_{name}_exact_vs_faiss_flat", value=middle["faiss"] / middle["exact"], unit="x",
        gate=2.3 if record else None, aim=3.9 if record else None, note=note,
    )  # fmt: skip
    yield Figure(key=f"cosine_{name}_exact_wrong", value=float(wrong), unit="queries", gate=0.0)
    yield Figure(key=f"cosine_{name}_fast_ms", value=1e3 * middle["fast"], unit="ms")
    yield Figure(
        key=f"cosine_{name}_fast_recall10", value=float(recall), gate=0.95 if record else None,
        note=f"stated at build: {fast.recall:.3f}; {fast.n_candidates} candidates, built in {built:.0f} s",
    )  # fmt: skip
    yield Figure(
        key=f"cosine_{name}_fast_vs_faiss_flat", value=middle["faiss"] / middle["fast"], unit="x",
        gate=8 if record else None, aim=12 if record else None,
    )  # fmt: skip


def lists(rows: np.ndarray, *, name: str, gate: float | None, aim: float | None, n: int) -> Iterator[Figure]:
    """Measure weighted connectivity of lists with all references, normalized, and tau of the best."""
    n_genes = rows.shape[1]
    rng = np.random.default_rng(5)
    chosen = rng.permutation(n_genes)[: 2 * LISTED].tolist()
    query = signed_list(n_genes, up=chosen[:LISTED], down=chosen[LISTED:])
    columns = Columns(rows)
    start = time.perf_counter()
    first = score("wtcs", query, rows, columns=columns)
    once = time.perf_counter() - start
    score("wtcs", query, rows, columns=columns)  # keeps the columns of all genes
    part = rows[:BLOCKS].copy()
    sizes = np.argsort(-rows[rng.integers(len(rows), size=REFERENCES)], axis=1)
    others = np.zeros((REFERENCES, n_genes))
    np.put_along_axis(others, sizes[:, :LISTED], 1.0, axis=1)
    np.put_along_axis(others, sizes[:, -LISTED:], -1.0, axis=1)
    answers = {}

    def ask(_: int) -> None:
        scores = score("wtcs", query, rows, columns=columns)
        normalized = ncs(scores)
        best = np.argpartition(-normalized, K)[:K]
        shown = np.ascontiguousarray(rows[best])
        answers["tau"] = tau(scores[best], score("wtcs", others, shown, columns=Columns(shown)))
        answers["ours"] = scores

    def slow(_: int) -> None:
        answers["blocks"] = score("wtcs", query, part, threads=1)

    def alone(_: int) -> None:
        score("wtcs", query, rows, columns=columns, threads=1)

    seconds = take_turns({"blocks": slow, "ours": ask, "alone": alone}, range(n))
    cpu = time.process_time()
    ask(0)
    cpu = time.process_time() - cpu
    wrong = int((answers["blocks"] != answers["ours"][: len(part)]).sum() + (first != answers["ours"]).sum())
    ours, one = float(np.median(seconds["ours"])), float(np.median(seconds["alone"]))
    blocks = float(np.median(seconds["blocks"])) * len(rows) / len(part)
    note = (
        f"all scores, NCS, tau of {K}; {cpu:.2f} s of the processor; {wrong} scores differ; first question {once:.2f} s; "
        f"scores alone {one:.3f} s in one thread"
    )
    yield Figure(key=f"wtcs_{name}_seconds", value=ours, unit="s", gate=gate, aim=aim, note=note)
    yield Figure(
        key=f"wtcs_{name}_vs_blocks", value=blocks / one, unit="x", note="one thread each, the blocks scaled up"
    )


def run(settings: Settings) -> Iterator[Figure]:
    """Measure at four sizes."""
    sizes = QUICK if settings.quick else FULL
    n_queries = 100 if settings.quick else 1_000
    times: dict[str, dict[str, float]] = {"cosine_exact": {}, "cosine_fast": {}, "wtcs": {}}
    for size in sizes:
        asked = n_queries if size == sizes[-1] else 100
        rows, queries = simulate(size, LANDMARKS, n_queries=asked)
        name = size_name(size)
        record = size == 1_000_000  # noqa: PLR2004 - the size of the targets
        for figure in lists(rows, name=name if size != SCREEN else f"{name}_978", gate=1.0 if record else None,
                            aim=0.2 if record else None, n=3):  # fmt: skip
            if figure.key.endswith("_seconds") and figure.value is not None:
                times["wtcs"][name] = float(figure.value)
            yield figure
        index = SignatureIndex(np.arange(size), rows)
        del rows
        for figure in cosine(index, queries, name=name, record=record):
            if figure.key.endswith("_exact_ms"):
                times["cosine_exact"][name] = float(figure.value) / 1e3
            if figure.key.endswith("_fast_ms"):
                times["cosine_fast"][name] = float(figure.value) / 1e3
            yield figure
        del index
    for what, found in times.items():
        yield Figure(
            key=f"{what}_growth", value=found, unit="s", note=f"slope {slope(sizes, list(found.values())):.2f}"
        )
    rows, _ = simulate(SCREEN if not settings.quick else 2_000, FULL_GENES, n_queries=1)
    name = "14k" if not settings.quick else "2k_13k"
    yield from lists(rows, name=name, gate=0.2 if name == "14k" else None, aim=0.02 if name == "14k" else None, n=5)
