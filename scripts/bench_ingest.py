"""From files to calibrated answers: a release of real size, smaller ones, one beside another, structures, pandas.

Releases are simulated once with ``simulate_release.py`` and kept in the cache. Ingest runs in a process of its own,
whose peak memory is told; beside the wall time stands the time of the processor, children included. It ends with a
calibrated answer. Beside pandas stands the step that both can do, from the files to a signature for each compound: the
genes that are expressed, log2 CPM, less the mean of the plate's vehicle wells, over the spread of those, averaged over
replicates. pandas holds all counts in memory; ours are the functions of vcpi that an ingest calls, plate by plate. The
answers of both are compared. What a whole ingest does beyond (quality control, nulls, features, scores, the store)
pandas is not asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from bench_frame import Figure, slope
from bench_molecules import candidates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench_frame import Settings

RELEASE = (57, 78_778, 13_000)  # plates, genes, expressed
QUICK_RELEASE = (4, 20_000, 3_000)
GROWTH, QUICK_GROWTH = (4, 9, 18), (1, 2, 3)  # plates; the release itself is the fourth
BESIDE, QUICK_BESIDE = (9, 78_778, 13_000), (2, 20_000, 3_000)  # as wide as the release, and what pandas can hold
DENSE = (10, 20_000, 4_000)  # fewer genes, more of them expressed: there pandas fares better
STRUCTURES, QUICK_STRUCTURES = (1_750, 3_500, 7_000, 14_000), (200, 400)
TIMES_BESIDE, TIMES_LESS = 3.0, 5.0
LEAST_VARYING, LARGEST_Z = 0.9, 1e4
SAME_Z = 1e-3  # float32 sums over plates and float64 ones over everything
INGEST = """
import json, os, resource, sys, time
from pathlib import Path
import vcpi
from vcpi.assemble.releases import ingest_release
home, release = Path(sys.argv[1]), Path(sys.argv[2])
start = time.perf_counter()
stages = {}
def progress(stage, done, total):
    stages.setdefault(stage, round(time.process_time(), 1))
report = ingest_release(home, [release], workers=os.cpu_count() or 1, progress=progress)
made = time.perf_counter() - start
with vcpi.open(home) as database:
    row = next(one for one in database.table("signatures") if one["dataset"] == report.source and one["inchikey"])
    answer = database.like(row["inchikey"], k=10, dataset=report.source)
    assert answer.records[0].q_noise is not None, "not calibrated"
wall = time.perf_counter() - start
own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
cpu = sum(one.ru_utime + one.ru_stime for one in (own, children))
print(json.dumps({"wall": wall, "made": made, "cpu": cpu, "peak": own.ru_maxrss / 2**20, "stages": stages}))
"""
AFTER = """
used = resource.getrusage(resource.RUSAGE_SELF)
wall, cpu = time.perf_counter() - start, time.process_time() - cpu
np.savez(sys.argv[2], ids=np.array(ids, dtype=str), z=z)
print(json.dumps({"wall": wall, "cpu": cpu, "peak": used.ru_maxrss / 2**20, "n_genes": int(z.shape[1])}))
"""
PANDAS = (
    """
import json, resource, sys, time
from pathlib import Path
import numpy as np, pandas as pd, pyarrow.parquet
folder = Path(sys.argv[1])
start, cpu = time.perf_counter(), time.process_time()
counts = pd.read_parquet(next(folder.glob("*_counts.parquet"))).set_index("gene_id")
metadata = pd.read_csv(next(folder.glob("metadata-*.csv")), dtype={"sequenced_id": str}).set_index("sequenced_id")
counts = counts[~counts.index.str.startswith("ERCC-")]
depth = counts.sum(axis=0)
cpm = counts / depth * 1e6
kept = (cpm >= 1).mean(axis=1) >= 0.02
prior = depth.median()
profile = np.log2((counts[kept] + depth / prior) / (depth * (1 + 2 / prior)) * 1e6)
del cpm, counts
plate = metadata.loc[profile.columns, "container_id"]
vehicle = metadata.loc[profile.columns, "user_compound_id"].astype(str).to_numpy() == "DMSO"
base = profile.loc[:, vehicle].T.groupby(plate[vehicle]).mean().T
change = profile - base[plate].to_numpy()
spread = change.loc[:, vehicle].std(axis=1)
scaled = change.div(spread, axis=0)
signatures = scaled.loc[:, ~vehicle].T.groupby(metadata.loc[profile.columns, "user_compound_id"][~vehicle]).mean()
ids, z = list(signatures.index), signatures.to_numpy()
"""
    + AFTER
)
OURS = (
    """
import json, os, resource, sys, time
from pathlib import Path
import numpy as np
from vcpi.assemble.plates import Source
from vcpi.assemble.scheduling import Threads
from vcpi.ingest.release import open_release
from vcpi.signature.profiles import GeneFilter, library_sizes, log2_cpm
def scan(samples):
    counts = source.read(samples, genes=counted)[0]
    seen, own = GeneFilter(counts.shape[1]), library_sizes(counts)
    seen.add(counts, library_sizes=own)
    return seen, own
def change(part):
    samples, own = part
    counts = source.read(samples, genes=measured)[0]
    rows = log2_cpm(counts, library_sizes=own, typical_size=typical)
    vehicle = np.array([sample.role == "vehicle" for sample in samples])
    rows -= rows[vehicle].mean(axis=0)
    return samples, vehicle, rows
start, cpu = time.perf_counter(), time.process_time()
threads = Threads(os.cpu_count() or 1)
with open_release([Path(sys.argv[1])]) as release:
    source, counted = Source.of(release), ~release.is_spike_in
    plates = [samples for _, samples in release.plates()]
    genes, sizes = GeneFilter(int(counted.sum())), []
    for seen, own in threads.run(scan, plates):
        genes.merge(seen)
        sizes.append(own)
    measured = counted.copy()
    measured[counted] = genes.result()
    typical = float(np.median(np.concatenate(sizes)))
    sums, numbers = {}, {}
    total, squares, n = np.zeros(measured.sum()), np.zeros(measured.sum()), 0
    for samples, vehicle, rows in threads.run(change, zip(plates, sizes)):
        n += int(vehicle.sum())
        total += rows[vehicle].sum(axis=0, dtype=np.float64)
        squares += np.square(rows[vehicle], dtype=np.float64).sum(axis=0)
        for sample, is_vehicle, row in zip(samples, vehicle, rows):
            if not is_vehicle:
                name = sample.source_compound_id
                sums[name] = sums[name] + row if name in sums else row.copy()
                numbers[name] = numbers.get(name, 0) + 1
spread = np.sqrt(np.maximum(squares - total**2 / n, 0) / (n - 1))
ids = sorted(sums)
z = np.stack([sums.pop(name) / numbers[name] for name in ids])
with np.errstate(divide="ignore", invalid="ignore"):
    z /= spread.astype(np.float32)
"""
    + AFTER
)


def release(settings: Settings, *, plates: int, genes: int, expressed: int, number: int = 0) -> Path:
    """Give a simulated release, made where it is not in the cache."""
    folder = settings.cache / f"release-{plates}-{genes}-{expressed}-{number}"
    if not (folder / "manifest.json").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        simulator = Path(__file__).with_name("simulate_release.py")
        size = ["--plates", str(plates), "--genes", str(genes), "--expressed", str(expressed), "--release", str(number)]
        subprocess.run([sys.executable, simulator, folder, *size], check=True, stdout=sys.stderr)
    return folder


def run_python(code: str, *arguments: object) -> dict[str, Any]:
    """Run a piece of Python in a process of its own and read what it found."""
    given = [sys.executable, "-c", code, *(str(one) for one in arguments)]
    done = subprocess.run(given, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def ingest(settings: Settings, folder: Path, *, into: str, fresh: bool = True) -> dict[str, Any]:
    """Ingest a release and ask; say what it took."""
    home = settings.cache / into
    if fresh:
        shutil.rmtree(home, ignore_errors=True)
    return run_python(INGEST, home, folder)


def told(found: dict[str, Any]) -> str:
    """Say what beside the wall time was measured."""
    return f"{found['cpu']:.0f} s of the processor; peak {found['peak']:.2f} GB"


def beside_pandas(settings: Settings, size: tuple[int, int, int], *, times: int, record: bool) -> Iterator[Figure]:
    """Measure the making of signatures beside pandas, in turn, and the whole ingest of the same files."""
    plates, genes, expressed = size
    folder = release(settings, plates=plates, genes=genes, expressed=expressed)
    found: dict[str, list[dict[str, Any]]] = {"ours": [], "pandas": []}
    with tempfile.TemporaryDirectory(dir=settings.cache) as scratch:
        kept = {name: Path(scratch) / f"{name}.npz" for name in found}
        for _ in range(times):
            for name, code in (("pandas", PANDAS), ("ours", OURS)):
                found[name].append(run_python(code, folder, kept[name]))
        ours, theirs = (np.load(kept[name]) for name in ("ours", "pandas"))
        order = np.argsort(theirs["ids"])
        if not np.array_equal(np.sort(ours["ids"]), theirs["ids"][order]):
            raise RuntimeError("vcpi and pandas have signatures of other compounds")
        differs = largest_difference(ours["z"][np.argsort(ours["ids"])], theirs["z"][order])
    middle = {
        name: {what: float(np.median([one[what] for one in runs])) for what in ("wall", "cpu", "peak")}
        for name, runs in found.items()
    }
    mine, other = middle["ours"], middle["pandas"]
    whole = ingest(settings, folder, into="ingest-beside")
    note = (
        f"{plates} plates x {genes:,} genes to signatures, z equal within {differs:.0e}; ours {mine['wall']:.1f} s "
        f"({told(mine)}), pandas {other['wall']:.1f} s ({told(other)}); whole ingest {whole['wall']:.0f} s ({told(whole)})"
    )
    gates = (TIMES_BESIDE, TIMES_LESS) if record else (None, None)
    key = "ingest_vs_pandas" if size in {BESIDE, QUICK_BESIDE} else f"ingest_{genes // 1000}k_genes_vs_pandas"
    yield Figure(key=key, value=other["wall"] / mine["wall"], unit="x", gate=gates[0], note=note)
    yield Figure(key=f"{key}_cpu", value=other["cpu"] / mine["cpu"], unit="x", note="of the processor")
    yield Figure(key=f"{key}_memory", value=other["peak"] / mine["peak"], unit="x", gate=gates[1])


def largest_difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Compare two tables of z over the genes that vary between vehicle wells, nearly all, and refuse others than equal ones."""
    varies = np.isfinite(ours).all(axis=0) & (np.abs(theirs).max(axis=0) < LARGEST_Z)  # else the spread is rounding
    found = float(np.abs(ours[:, varies] - theirs[:, varies]).max())
    if varies.mean() < LEAST_VARYING or not found <= SAME_Z:
        raise RuntimeError(f"z of vcpi and of pandas differ by {found:.2g} over {varies.mean():.0%} of the genes")
    return found


def growth(found: dict[int, dict[str, Any]]) -> Iterator[Figure]:
    """Tell how releases of growing size fare, by plates."""
    for what, unit in (("wall", "s"), ("cpu", "s"), ("peak", "GB")):
        values = {str(n): float(one[what]) for n, one in found.items()}
        note = f"plates; slope {slope(list(found), list(values.values())):.2f}"
        yield Figure(key=f"ingest_release_{what}_growth", value=values, unit=unit, note=note)


def incremental(settings: Settings, home: Path, *, plates: int, genes: int, expressed: int) -> Iterator[Figure]:
    """Measure a second release beside the first, which ``home`` holds: it takes what the same one takes alone."""
    second = release(settings, plates=plates, genes=genes, expressed=expressed, number=1)
    more = ingest(settings, second, into=home.name, fresh=False)
    alone = ingest(settings, second, into="ingest-one")
    note = f"{plates} plates: {more['wall']:.1f} s beside another release, {alone['wall']:.1f} s alone"
    yield Figure(key="ingest_second_release_vs_alone", value=more["cpu"] / alone["cpu"], unit="x", note=note)


def structures(sizes: tuple[int, ...], *, record: bool) -> Iterator[Figure]:
    """Measure SMILES to standardized, keyed, fingerprinted and described compounds, on all cores."""
    from vcpi.structure.identity import standardize_many

    texts = list(islice(candidates([]), sizes[-1]))
    seconds: dict[str, float] = {}
    cpus = os.cpu_count() or 1
    for n in sizes:
        before, start = os.times(), time.perf_counter()
        made = sum(hasattr(one, "inchikey") for one in standardize_many(texts[:n], workers=cpus))
        seconds[str(n)] = time.perf_counter() - start
        after = os.times()
        if made < n // 2:
            raise RuntimeError(f"{made} of {n} structures were standardized")
    cpu = sum(after[:4]) - sum(before[:4])
    last = seconds[str(sizes[-1])]
    note = f"{sizes[-1]:,} SMILES in {last:.1f} s on {cpus} cores, {cpu:.1f} s of the processor"
    yield Figure(key="compounds_per_second", value=sizes[-1] / last, unit="/s", gate=560 if record else None, note=note)
    yield Figure(
        key="structures_seconds", value=last, unit="s", gate=25 if record else None, aim=10 if record else None
    )
    yield Figure(
        key="structures_growth", value=seconds, unit="s", note=f"slope {slope(sizes, list(seconds.values())):.2f}"
    )


def run(settings: Settings) -> Iterator[Figure]:
    """Measure everything; the whole release last, because it takes longest."""
    quick = settings.quick
    yield from structures(QUICK_STRUCTURES if quick else STRUCTURES, record=not quick)
    for size in (QUICK_BESIDE,) if quick else (BESIDE, DENSE):
        yield from beside_pandas(settings, size, times=1 if quick else 3, record=size == BESIDE)
    last, genes, expressed = QUICK_RELEASE if quick else RELEASE
    sizes = (*(QUICK_GROWTH if quick else GROWTH), last)
    found: dict[int, dict[str, Any]] = {}
    for n in sizes:
        folder = release(settings, plates=n, genes=genes, expressed=expressed)
        found[n] = ingest(settings, folder, into=f"ingest-{n}")
        if n == sizes[0]:
            home = settings.cache / f"ingest-{n}"
            yield from incremental(settings, home, plates=n, genes=genes, expressed=expressed)
        shutil.rmtree(settings.cache / f"ingest-{n}")
    yield from growth(found)
    whole = found[last]
    note = f"{last} plates x {genes:,} genes, files to a calibrated answer; {whole['cpu']:.0f} s of the processor, of which a stage begins at {whole['stages']}"
    yield Figure(
        key="ingest_release_seconds", value=whole["wall"], unit="s", gate=None if quick else 600,
        aim=None if quick else 120, note=note,
    )  # fmt: skip
    yield Figure(
        key="ingest_release_peak_gb", value=whole["peak"], unit="GB", gate=None if quick else 4,
        aim=None if quick else 2, note=f"{last * 384:,} wells",
    )  # fmt: skip
