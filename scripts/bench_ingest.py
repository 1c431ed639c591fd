"""From files to calibrated answers: a release of real size, a smaller one beside pandas, more releases, structures.

The release is simulated once with ``simulate_release.py`` and kept in the cache. Ingest runs in a process of its own,
whose peak memory is told; beside the wall time stands the time of the processor, children included. It ends with a
calibrated answer. The way with pandas reads the whole parquet, goes to log2 CPM of the genes that are expressed, takes
each plate's vehicle wells off, scales by the genes' spread, and averages replicates: no quality control, no nulls, no
store: what it leaves undone counts in its favour.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
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
GROWTH, QUICK_GROWTH = (3, 6, 12, 24), (1, 2)  # plates
BESIDE, QUICK_BESIDE = (12, 78_778, 13_000), (2, 20_000, 3_000)
STRUCTURES, QUICK_STRUCTURES = (1_750, 3_500, 7_000, 14_000), (200, 400)
TIMES_BESIDE, TIMES_LESS = 3.0, 5.0
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
PANDAS = """
import json, resource, sys, time
from pathlib import Path
import numpy as np, pandas as pd
folder = Path(sys.argv[1])
start = time.perf_counter()
counts = pd.read_parquet(next(folder.glob("*_counts.parquet"))).set_index("gene_id")
metadata = pd.read_csv(next(folder.glob("metadata-*.csv")), dtype={"sequenced_id": str}).set_index("sequenced_id")
counts = counts[~counts.index.str.startswith(("ERCC", "SIRV"))]
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
z = change.div(spread, axis=0)
signatures = z.loc[:, ~vehicle].T.groupby(metadata.loc[profile.columns, "user_compound_id"][~vehicle]).mean()
unit = signatures.div(np.sqrt((signatures**2).sum(axis=1)), axis=0)
nearest = (unit @ unit.iloc[0]).nlargest(11)
used = resource.getrusage(resource.RUSAGE_SELF)
found = {"wall": time.perf_counter() - start, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 2**20}
print(json.dumps({**found, "shape": signatures.shape}))
"""


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


def beside_pandas(settings: Settings, size: tuple[int, int, int]) -> Iterator[Figure]:
    """Measure a smaller release beside the way with pandas."""
    plates, genes, expressed = size
    folder = release(settings, plates=plates, genes=genes, expressed=expressed)
    ours = ingest(settings, folder, into="ingest-beside")
    theirs = run_python(PANDAS, folder)
    note = f"{plates} plates x {genes:,} genes; ours {ours['wall']:.0f} s ({told(ours)}), pandas {theirs['wall']:.0f} s ({told(theirs)})"
    yield Figure(key="ingest_vs_pandas", value=theirs["wall"] / ours["wall"], unit="x", gate=TIMES_BESIDE, note=note)
    yield Figure(key="ingest_vs_pandas_memory", value=theirs["peak"] / ours["peak"], unit="x", gate=TIMES_LESS)


def growth(settings: Settings, plates: tuple[int, ...], *, genes: int, expressed: int) -> Iterator[Figure]:
    """Measure releases of growing size."""
    found = {
        str(n): ingest(settings, release(settings, plates=n, genes=genes, expressed=expressed), into="ingest-growth")
        for n in plates
    }
    for what, unit in (("wall", "s"), ("cpu", "s"), ("peak", "GB")):
        values = {name: float(one[what]) for name, one in found.items()}
        note = f"plates; slope {slope(plates, list(values.values())):.2f}"
        yield Figure(key=f"ingest_release_{what}_growth", value=values, unit=unit, note=note)


def incremental(settings: Settings, *, plates: int, genes: int, expressed: int) -> Iterator[Figure]:
    """Measure a second release beside a first: it takes what the same one takes alone."""
    first, second = (
        release(settings, plates=plates, genes=genes, expressed=expressed, number=number) for number in (0, 1)
    )
    ingest(settings, first, into="ingest-two")
    more = ingest(settings, second, into="ingest-two", fresh=False)
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
    """Measure everything; the whole release last but one, because it takes longest."""
    quick = settings.quick
    yield from structures(QUICK_STRUCTURES if quick else STRUCTURES, record=not quick)
    plates, genes, expressed = QUICK_RELEASE if quick else RELEASE
    yield from beside_pandas(settings, QUICK_BESIDE if quick else BESIDE)
    yield from growth(settings, QUICK_GROWTH if quick else GROWTH, genes=genes, expressed=expressed)
    yield from incremental(settings, plates=2 if quick else 6, genes=genes, expressed=expressed)
    found = ingest(settings, release(settings, plates=plates, genes=genes, expressed=expressed), into="ingest-release")
    note = f"{plates} plates x {genes:,} genes, files to a calibrated answer; {found['cpu']:.0f} s of the processor, of which a stage begins at {found['stages']}"
    yield Figure(
        key="ingest_release_seconds", value=found["wall"], unit="s", gate=None if quick else 600,
        aim=None if quick else 120, note=note,
    )  # fmt: skip
    yield Figure(
        key="ingest_release_peak_gb", value=found["peak"], unit="GB", gate=None if quick else 4,
        aim=None if quick else 2, note=f"{np.prod([plates, 384]):,} wells",
    )  # fmt: skip
