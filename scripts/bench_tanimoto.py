"""Exact Tanimoto search beside FPSim2, RDKit, FAISS and the time that reading the fingerprints once takes.

All peers get the same fingerprints, hold them in memory, run in one thread, and are asked in their fastest exact way:
FPSim2 with a bit vector and its bounds; FAISS, which has no Tanimoto over bits, with one binary index for each number
of bits, walked outward from the query's until the bound ends it; of RDKit only the scoring is timed. Queries are
molecules of the library and ones that are not in it, in equal parts.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from bench_frame import Figure, slope, take_turns
from bench_large import ten_million
from bench_molecules import fingerprints
from rdkit import DataStructs

from vcpi.structure.search import FingerprintIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench_frame import Settings

K = 10
CUTOFF = 0.7
UNSEEN = 500  # molecules kept out of every library, to ask with
FULL, QUICK = (14_000, 100_000, 300_000, 1_000_000), (1_000, 3_000, 14_000, 30_000)
REVERSED = np.packbits(
    np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little"), axis=1
).ravel()


def size_name(n: int) -> str:
    """Write a size as the keys have it."""
    return f"{n // 1_000_000}m" if n % 1_000_000 == 0 else f"{n // 1_000}k"


def vectors(bits: np.ndarray) -> list[Any]:
    """Turn packed fingerprints into RDKit's."""
    return [DataStructs.CreateFromBinaryText(row.tobytes()) for row in REVERSED[bits]]


def fpsim2(bits: np.ndarray, folder: Path) -> Any | None:  # noqa: ANN401 - an optional package
    """Open FPSim2 over fingerprints, written as its own ``create_db_file`` does; None where it is not installed."""
    try:
        import rdkit
        import tables
        from FPSim2 import FPSim2Engine, __version__
        from FPSim2.io.backends.pytables import create_schema, sort_db_file
        from FPSim2.io.chem import process_fp
    except ImportError:
        return None
    path = folder / f"fpsim2-{len(bits)}-{hash(bits[:: max(1, len(bits) // 1000)].tobytes()) & 0xFFFFFFFF:x}.h5"
    words = bits.view(">u8").astype(np.uint64)
    counts = np.bitwise_count(words).sum(axis=1)
    if process_fp(vectors(bits[:1])[0], 0)[1:] != (*words[0].tolist(), int(counts[0])):
        raise AssertionError("FPSim2 has another order of bits than this script thinks")
    with tables.open_file(str(path), mode="w") as file:
        filters = tables.Filters(complib="blosc2", complevel=1)
        table = file.create_table(file.root, "fps", create_schema(8 * bits.shape[1]), filters=filters)
        config = file.create_vlarray(file.root, "config", atom=tables.ObjectAtom())
        for value in ("Morgan", {"radius": 2, "fpSize": 8 * bits.shape[1]}, rdkit.__version__, __version__):
            config.append(value)
        for start in range(0, len(bits), 50_000):
            part = slice(start, start + 50_000)
            table.append(list(zip(range(start, start + len(words[part])), *words[part].T, counts[part], strict=True)))
        table.cols.popcnt.create_index(kind="full")
    sort_db_file(str(path))
    engine = FPSim2Engine(str(path))
    path.unlink()
    return engine


class FaissBins:
    """One flat binary index for each number of bits: among equally many, the nearest by Hamming is that by Tanimoto."""

    def __init__(self, bits: np.ndarray) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        counts = np.bitwise_count(bits).sum(axis=1)
        self.bins: dict[int, tuple[np.ndarray, Any]] = {}
        for count in np.unique(counts).tolist():
            rows = np.flatnonzero(counts == count)
            index = faiss.IndexBinaryFlat(8 * bits.shape[1])
            index.add(bits[rows])
            self.bins[count] = rows, index

    def top(self, query: np.ndarray, k: int) -> np.ndarray:
        """Find the k best scores."""
        n_bits, best = int(np.bitwise_count(query).sum()), np.zeros(0)
        for count in sorted(self.bins, key=lambda b: -min(b, n_bits) / max(b, n_bits, 1)):
            if len(best) == k and min(count, n_bits) / max(count, n_bits, 1) < best[-1]:
                break
            rows, index = self.bins[count]
            distances = index.search(query[None], min(k, len(rows)))[0][0].astype(np.int64)
            common = (n_bits + count - distances) // 2
            best = np.sort(np.concatenate([best, common / np.maximum(n_bits + count - common, 1)]))[::-1][:k]
        return best


def questions(bits: np.ndarray, unseen: np.ndarray, n: int) -> np.ndarray:
    """Draw queries, by turns molecules of the library and molecules that are not in it."""
    rng = np.random.default_rng(7)
    found = bits[rng.integers(len(bits), size=n)]
    found[1::2] = unseen[: len(found[1::2])]
    return found


def judge(index: FingerprintIndex, queries: np.ndarray, judges: list[Any], library: list[Any]) -> int:
    """Compare ids and scores, ties too, with RDKit's of every molecule; returns how many queries differ."""
    wrong = 0
    for query, vector in zip(queries, judges, strict=True):
        scores = np.array(DataStructs.BulkTanimotoSimilarity(vector, library))
        ids, best = index.top(query, k=K)
        order = np.lexsort((np.arange(len(scores)), -scores))[:K]
        near = np.flatnonzero(scores >= CUTOFF)
        found = index.within(query, cutoff=CUTOFF)[0]
        same = np.array_equal(ids, order) and np.array_equal(best, scores[order])
        wrong += not (same and np.array_equal(np.sort(found), near))
    return wrong


@dataclass(frozen=True, kw_only=True)
class Contest:
    """One library in everybody's hands; before ours is asked all of it is read, so that it always starts from memory."""

    name: str
    bits: np.ndarray
    queries: np.ndarray
    vectors: list[Any]
    index: FingerprintIndex
    bins: FaissBins
    engine: Any | None

    def top(self) -> dict[str, Callable[[int], Any]]:
        """Ways to find the k best."""
        words = self.bits.view(np.uint64)
        ways: dict[str, Callable[[int], Any]] = {
            "dense": lambda _: words.max(),
            "ours": lambda i: self.index.top(self.queries[i], k=K),
            "faiss": lambda i: self.bins.top(self.queries[i], K),
        }
        if self.engine is not None:
            ways["fpsim2"] = lambda i: self.engine.top_k(self.vectors[i], K, 0.0, n_workers=1)
        return ways

    def near(self) -> dict[str, Callable[[int], Any]]:
        """Ways to find all from a cutoff on."""
        words = self.bits.view(np.uint64)
        ways: dict[str, Callable[[int], Any]] = {
            "dense": lambda _: words.max(),
            "ours": lambda i: self.index.within(self.queries[i], cutoff=CUTOFF),
        }
        if self.engine is not None:
            ways["fpsim2"] = lambda i: self.engine.similarity(self.vectors[i], CUTOFF, n_workers=1)
        return ways


def contest(bits: np.ndarray, unseen: np.ndarray, settings: Settings) -> tuple[Contest, Figure]:
    """Give everybody the library; ours is read from its file, and how long that took is a figure."""
    path = settings.cache / f"index-{os.getpid()}.npy"
    FingerprintIndex(np.arange(len(bits)), bits).save(path)
    start = time.perf_counter()
    index = FingerprintIndex.load(path)
    took = 1e3 * (time.perf_counter() - start)
    path.unlink()  # what is mapped stays
    queries = questions(bits, unseen, 100 if settings.quick else 1_000)
    name, asked = size_name(len(bits)), vectors(queries)
    made = Contest(
        name=name, bits=bits, queries=queries, vectors=asked, index=index, bins=FaissBins(bits),
        engine=fpsim2(bits, settings.cache),
    )  # fmt: skip
    return made, Figure(key=f"tanimoto_{name}_open_ms", value=took, unit="ms")


def best(one: Contest) -> Iterator[Figure]:
    """Measure the k best."""
    found = {way: float(np.median(seconds)) for way, seconds in take_turns(one.top(), range(len(one.queries))).items()}
    note = f"k = {K}, median of {len(one.queries)}"
    yield Figure(key=f"tanimoto_{one.name}_ms", value=1e3 * found["ours"], unit="ms", note=note)
    yield beside("tanimoto_{}_vs_fpsim2", one, found, {"14k": (3, 10), "1m": (20, 60)}.get(one.name))
    yield Figure(
        key=f"tanimoto_{one.name}_vs_dense_limit", value=found["dense"] / found["ours"], unit="x",
        gate=8 if one.name == "1m" else None, aim=30 if one.name == "1m" else None,
        note=f"one reading of all fingerprints at {one.bits.nbytes / found['dense'] / 1e9:.0f} GB/s",
    )  # fmt: skip
    yield Figure(key=f"tanimoto_{one.name}_vs_faiss_bins", value=found["faiss"] / found["ours"], unit="x")


def cutoff(one: Contest) -> Iterator[Figure]:
    """Measure all from a cutoff on."""
    found = {way: float(np.median(seconds)) for way, seconds in take_turns(one.near(), range(len(one.queries))).items()}
    yield Figure(
        key=f"threshold_07_{one.name}_ms", value=1e3 * found["ours"], unit="ms", note=f"Tanimoto {CUTOFF} or more"
    )
    yield beside("threshold_07_{}_vs_fpsim2", one, found, (15, 40) if one.name == "1m" else None)


def beside(key: str, one: Contest, found: dict[str, float], goals: tuple[float, float] | None) -> Figure:
    """Set our time beside FPSim2's, or say why not."""
    gate, aim = goals or (None, None)
    ratio = found["fpsim2"] / found["ours"] if "fpsim2" in found else None
    note = "" if "fpsim2" in found else "FPSim2 is not installed"
    return Figure(key=key.format(one.name), value=ratio, unit="x", gate=gate, aim=aim, note=note)


def differences(one: Contest) -> Figure:
    """Compare the scores with the peers'."""
    differ, top, near = 0, one.top(), one.near()
    for i, query in enumerate(one.queries):
        scores = one.index.top(query, k=K)[1]
        same = np.array_equal(one.bins.top(query, K), scores)
        if one.engine is not None:
            same = same and np.array_equal(top["fpsim2"](i)["coeff"], scores.astype(np.float32))
            same = same and np.array_equal(near["fpsim2"](i)["coeff"], near["ours"](i)[1].astype(np.float32))
        differ += not same
    against = "FAISS" if one.engine is None else "FAISS and FPSim2"
    return Figure(
        key=f"tanimoto_{one.name}_scores_differ",
        value=differ,
        gate=0,
        note=f"of {len(one.queries)} queries, with {against}",
    )


def others(one: Contest) -> Iterator[Figure]:
    """Measure many queries together, and NumPy alone."""
    start = time.perf_counter()
    one.index.top_many(one.queries, k=K)
    pairs = len(one.bits) * len(one.queries) / (time.perf_counter() - start) / 1e9
    yield Figure(key=f"tanimoto_{one.name}_batch_gpairs_per_s", value=pairs, unit="G pairs/s", note="one thread")
    os.environ["VCPI_KERNELS"] = "numpy"
    alone = take_turns({"numpy": one.top()["ours"]}, range(min(50, len(one.queries))))["numpy"]
    del os.environ["VCPI_KERNELS"]
    yield Figure(key=f"tanimoto_{one.name}_numpy_ms", value=1e3 * float(np.median(alone)), unit="ms", note="without C")


def beside_rdkit(one: Contest, n_judged: int) -> Iterator[Figure]:
    """Time RDKit's scoring of a whole library, and compare every id and score with it."""
    library = vectors(one.bits)
    ways = {
        "rdkit": lambda i: DataStructs.BulkTanimotoSimilarity(one.vectors[i], library),
        "dense": one.top()["dense"],
        "ours": one.top()["ours"],
    }
    found = {way: float(np.median(seconds)) for way, seconds in take_turns(ways, range(30)).items()}
    gate, aim = (100, 300) if one.name == "1m" else (None, None)
    ratio = found["rdkit"] / found["ours"]
    yield Figure(key=f"tanimoto_{one.name}_vs_rdkit", value=ratio, unit="x", gate=gate, aim=aim)
    wrong = judge(one.index, one.queries[:n_judged], one.vectors[:n_judged], library)
    yield Figure(
        key=f"tanimoto_{one.name}_answers_differ", value=wrong, gate=0,
        note=f"of {n_judged} queries, ids and ties too, k = {K} and cutoff {CUTOFF}, with RDKit",
    )  # fmt: skip


def run(settings: Settings) -> Iterator[Figure]:
    """Yield the figures of each size, then how time grows."""
    sizes = QUICK if settings.quick else FULL
    every = fingerprints(sizes[-1] + UNSEEN, settings)
    milliseconds: dict[str, float] = {}
    for n in sizes:
        one, opened = contest(every[:n], every[-UNSEEN:], settings)
        yield opened
        for figure in [differences(one), *best(one)]:  # once through, so that what is mapped is in memory
            if figure.key == f"tanimoto_{one.name}_ms" and isinstance(figure.value, float):
                milliseconds[str(n)] = figure.value
            yield figure
        if n == sizes[-1]:
            yield from cutoff(one)
            yield from others(one)
            yield from beside_rdkit(one, 20 if settings.quick else 100)
    yield Figure(key="tanimoto_growth_ms", value=milliseconds, unit="ms")
    exponent = slope(sizes, list(milliseconds.values()))
    yield Figure(key="tanimoto_growth_slope", value=exponent, note="1 is in proportion to size")
    if settings.ten_million:
        yield from ten_million(settings)
