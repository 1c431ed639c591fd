"""Ten million fingerprints, made up: a library past what one screen or vendor holds, 2.6 GB of bits.

Each is put together of the bytes of two fingerprints of molecules that have about as many bits, so that how many bits
there are, and which, is as in molecules; the molecules are those of ``bench_molecules``. What is asked are such made-up
ones that are not in the library. The answers to some of the queries are compared, ids and ties too, with a scan of all.
"""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from bench_frame import Figure, take_turns
from bench_molecules import fingerprints

from vcpi.structure.search import FingerprintIndex, tanimoto

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench_frame import Settings

N, QUICK_N, MOLECULES = 10_000_000, 200_000, 100_000
NEEDED = 900  # bytes of memory for each: the rows, the planes, places and scores, and room
K, ASKED, JUDGED = 10, 200, 20
ALIKE, MASKS, AT_ONCE = 50, 4_096, 500_000


def made_up(molecules: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """Make ``n`` fingerprints of the bytes of two of molecules each."""
    rng = np.random.default_rng(seed)
    ordered = molecules[np.argsort(np.bitwise_count(molecules).sum(axis=1), kind="stable")]
    masks = 255 * rng.integers(2, size=(MASKS, molecules.shape[1]), dtype=np.uint8)
    made = np.empty((n, molecules.shape[1]), dtype=np.uint8)
    for start in range(0, n, AT_ONCE):
        part = made[start : start + AT_ONCE]
        first = rng.integers(len(ordered), size=len(part))
        second = np.clip(first + rng.integers(-ALIKE, ALIKE + 1, size=len(part)), 0, len(ordered) - 1)
        mask = masks[rng.integers(MASKS, size=len(part))]
        part[:] = (ordered[first] & mask) | (ordered[second] & ~mask)
    return made


def scanned(query: np.ndarray, bits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the k best by scoring all, equal scores by ascending id."""
    scores = np.concatenate([tanimoto(query, bits[start : start + AT_ONCE]) for start in range(0, len(bits), AT_ONCE)])
    near = np.flatnonzero(scores >= np.partition(scores, -K)[-K])
    order = near[np.lexsort((near, -scores[near]))[:K]]
    return order, scores[order]


def available() -> int:
    """Give the bytes of memory that are free to be used; very many where nobody says."""
    told = Path("/proc/meminfo")
    lines = told.read_text().splitlines() if told.is_file() else []
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable")), 1 << 60)


def ten_million(settings: Settings) -> Iterator[Figure]:
    """Measure building and asking, and compare some answers with a scan."""
    n = QUICK_N if settings.quick else N
    name = "10m" if n == N else "200k_made_up"
    if available() < NEEDED * n:
        yield Figure(key=f"tanimoto_{name}_ms", value=None, note=f"needs {NEEDED * n / 1e9:.0f} GB of free memory")
        return
    molecules = fingerprints(min(MOLECULES, n), settings)
    bits, queries = made_up(molecules, n, seed=1), made_up(molecules, ASKED, seed=2)
    start, cpu = time.perf_counter(), time.process_time()
    index = FingerprintIndex(np.arange(n), bits)
    index.top(queries[0], k=K)
    built, cpu = time.perf_counter() - start, time.process_time() - cpu
    gc.collect()
    low, middle, high = np.percentile(np.bitwise_count(bits[:AT_ONCE]).sum(axis=1), [5, 50, 95])
    note = f"{cpu:.0f} s of the processor; bits set: {low:.0f} to {high:.0f}, {middle:.0f} in the middle"
    yield Figure(key=f"tanimoto_{name}_build_seconds", value=built, unit="s", note=note)
    words = bits.view(np.uint64)
    dense = take_turns({"dense": lambda _: words.max()}, range(3))["dense"]
    ours = take_turns({"ours": lambda i: index.top(queries[i], k=K)}, range(len(queries)))["ours"]
    middle_ms = 1e3 * float(np.median(ours))
    note = f"k = {K}, median of {len(queries)}; one reading of all fingerprints takes {1e3 * np.median(dense):.0f} ms"
    yield Figure(key=f"tanimoto_{name}_ms", value=middle_ms, unit="ms", note=note)
    wrong = 0
    for query in queries[:JUDGED]:
        found, expected = index.top(query, k=K), scanned(query, bits)
        wrong += not all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))
    yield Figure(key=f"tanimoto_{name}_answers_differ", value=wrong, gate=0, note=f"of {JUDGED} queries, with a scan")
