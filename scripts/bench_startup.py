"""What a person waits for at a screen of 14,000 compounds: a command, a workspace opened again, a question, all pairs.

The workspace is simulated with ``simulate_release.py`` and ingested once (some minutes), or named by ``--workspace``.
A command is a whole process, started several times with its files in memory; beside the wall time stands the time of
the processor, which a busy machine does not stretch. What is asked of all pairs runs in a process of its own, whose
memory is told: one float32 for each pair of 14,000 would be 0.8 GB, and more than one such matrix is none of it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from bench_frame import Figure, slope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench_frame import Settings

FULL, QUICK = (10, 20, 39, 78), (2, 4)  # plates of 180 compounds; the last is the screen
FULL_GENES, QUICK_GENES = 13_000, 3_000
TIMES, WARM = 5, 20
PAIRS = ("evaluate", "cliffs", "hops", "map")
TARGETS = {
    "help": ("cli_help_seconds", 0.25, 0.1),
    "analogs": ("cli_analogs_{}_seconds", 0.5, 0.1),
    "like": ("cli_like_{}_seconds", 0.7, 0.2),
}
SESSION = """
import json, sys, time
import vcpi
home, names, times = sys.argv[1], sys.argv[2].split(","), int(sys.argv[3])
vcpi.open(home).close()
found = {"reopen": [], "like": [], "like_cpu": [], "query": [], "query_cpu": []}
for _ in range(times):
    start = time.perf_counter()
    database = vcpi.open(home)
    database.compound(names[0])
    found["reopen"].append(time.perf_counter() - start)
    database.close()
database = vcpi.open(home)
start = time.perf_counter()
database.like(names[0])
found["first"] = time.perf_counter() - start
for name in names[1:]:
    start, cpu = time.perf_counter(), time.process_time()
    database.like(name)
    found["like"].append(time.perf_counter() - start)
    found["like_cpu"].append(time.process_time() - cpu)
genes = [row["gene_symbol"] for row in database.table("genes") if row["gene_symbol"]]
for place in range(len(names)):
    some = genes[7 * place : 7 * place + 100]
    start, cpu = time.perf_counter(), time.process_time()
    database.query(up=some[::2], down=some[1::2])
    if place:
        found["query"].append(time.perf_counter() - start)
        found["query_cpu"].append(time.process_time() - cpu)
print(json.dumps(found))
"""
PEAK = """
def peak_gb():  # of this process alone: what getrusage tells begins with that of the one that started it
    from pathlib import Path
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.is_file() else []
    return next((int(line.split()[1]) / 2**20 for line in lines if line.startswith("VmHWM")), float("nan"))
"""
ALL_NEIGHBOURS = (
    PEAK
    + """
import json, sys, time
import numpy as np
import vcpi
from vcpi.all_pairs import all_neighbours
from vcpi.database.queries import choose_whole
database = vcpi.open(sys.argv[1])
library = database._library(choose_whole(database._connection, None))
unit, compounds = library.index.vectors, library.compound_ids
before = peak_gb()
start, cpu = time.perf_counter(), time.process_time()
found, scores = all_neighbours(unit, k=10, groups=compounds)
wall, cpu = time.perf_counter() - start, time.process_time() - cpu
peak = peak_gb()
rows = np.linspace(0, len(unit) - 1, 50).astype(int)
brute = unit[rows].astype(np.float64) @ unit.T.astype(np.float64)
brute[compounds[rows][:, None] == compounds] = -np.inf
same = np.allclose(np.sort(brute, axis=1)[:, : -11 : -1], scores[rows], atol=1e-6)
print(json.dumps({"wall": wall, "cpu": cpu, "before": before, "peak": peak, "same": bool(same)}))
"""
)
ALL_PAIRS = (
    PEAK
    + """
import json, sys, time
import vcpi
from vcpi.database import core
database = vcpi.open(sys.argv[1])
database.like(sys.argv[2])
before = peak_gb()
start, cpu = time.perf_counter(), time.process_time()
getattr(database, sys.argv[3])()
wall, cpu = time.perf_counter() - start, time.process_time() - cpu
peak = peak_gb()
print(json.dumps({"wall": wall, "cpu": cpu, "before": before, "peak": peak}))
"""
)


def workspace(settings: Settings, *, n_plates: int, n_genes: int) -> Path:
    """Give a simulated workspace of full plates, made where it is not in the cache."""
    if settings.workspace is not None and n_plates == FULL[-1]:
        return settings.workspace
    home = settings.cache / f"workspace-{n_plates}-{n_genes}"
    if not (home / "ready").is_file():
        release = settings.cache / f"release-{n_plates}-{n_genes}"
        if not (release / "manifest.json").is_file():
            simulator = Path(__file__).with_name("simulate_release.py")
            size = ["--plates", str(n_plates), "--genes", str(n_genes + 100), "--expressed", str(n_genes)]
            subprocess.run([sys.executable, simulator, release, *size], check=True, stdout=sys.stderr)
        from vcpi.assemble.releases import ingest_release

        ingest_release(home, [release], workers=os.cpu_count() or 1)
        (home / "ready").touch()
    return home


def command(arguments: Sequence[str | Path], *, n: int = TIMES) -> tuple[float, float]:
    """Run a command some times, once more before; give the median wall and processor seconds."""
    walls, cpus = [], []
    for _ in range(n + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        walls.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return float(np.median(walls[1:])), float(np.median(cpus[1:]))


def in_process(code: str, *arguments: object) -> dict[str, object]:
    """Run a piece of Python in a process of its own and read what it found."""
    given = [sys.executable, "-c", code, *(str(one) for one in arguments)]
    done = subprocess.run(given, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def names_of(home: Path, n: int) -> list[str]:
    """Give the ids of compounds from all over a dataset."""
    import vcpi

    with vcpi.open(home) as database:
        table = database.table("signatures")
    ids = sorted({row["inchikey"] for row in table if row["inchikey"]})
    return [ids[place] for place in np.linspace(0, len(ids) - 1, n).astype(int)]


def questions(home: Path, *, name: str) -> Iterator[Figure]:
    """Measure commands, opening again and a warm question of one workspace."""
    asked = names_of(home, WARM + 1)
    vcpi = [Path(sys.executable).with_name("vcpi")]
    record = name == "14k"
    for verb, (key, gate, aim) in TARGETS.items():
        rest = ["--help"] if verb == "help" else ["--home", home, verb, asked[0]]
        wall, cpu = command([*vcpi, *rest])
        yield Figure(
            key=key.format(name), value=wall, unit="s", gate=gate if record else None, aim=aim if record else None,
            note=f"whole process, median of {TIMES}; {cpu:.2f} s of the processor",
        )  # fmt: skip
    found = in_process(SESSION, home, ",".join(asked), TIMES)
    cpu = 1e3 * float(np.median(found["like_cpu"]))
    first = f"first question {found['first']:.2f} s"
    yield Figure(
        key=f"like_{name}_warm_ms", value=1e3 * float(np.median(found["like"])), unit="ms",
        gate=50 if record else None, aim=10 if record else None, note=f"{cpu:.0f} ms of the processor; {first}",
    )  # fmt: skip
    cpu = 1e3 * float(np.median(found["query_cpu"]))
    yield Figure(
        key=f"query_{name}_warm_ms", value=1e3 * float(np.median(found["query"])), unit="ms",
        gate=150 if record else None, note=f"50 genes up and 50 down; {cpu:.0f} ms of the processor",
    )  # fmt: skip
    yield Figure(
        key=f"reopen_{name}_ms", value=1e3 * float(np.median(found["reopen"])), unit="ms",
        gate=50 if record else None, aim=10 if record else None, note="open and one compound's card",
    )  # fmt: skip


def all_pairs(home: Path, *, name: str) -> Iterator[Figure]:
    """Measure what is asked of all pairs, each in a process of its own."""
    asked = names_of(home, 1)[0]
    record = name == "14k"
    found = in_process(ALL_NEIGHBOURS, home)
    same = "as NumPy's brute force for 50 of them" if found["same"] else "NOT what NumPy's brute force gives"
    yield Figure(
        key=f"all_neighbours_{name}_seconds", value=float(found["wall"]), unit="s", gate=30 if record else None,
        aim=5 if record else None, note=f"ten nearest of each, {same}; {found['cpu']:.1f} s of the processor; peak "
        f"{found['peak']:.2f} GB, {found['before']:.2f} before",
    )  # fmt: skip
    walls = {}
    for verb in PAIRS:
        found = in_process(ALL_PAIRS, home, asked, verb)
        walls[verb] = float(found["wall"])
        yield Figure(
            key=f"{verb}_{name}_seconds", value=walls[verb], unit="s", gate=30 if name == "14k" else None,
            note=f"{found['cpu']:.1f} s of the processor; peak {found['peak']:.2f} GB, {found['before']:.2f} before",
        )  # fmt: skip
    yield Figure(
        key=f"neighbours_{name}_seconds", value=max(walls.values()), unit="s", gate=30 if name == "14k" else None,
        aim=5 if name == "14k" else None, note=f"the slowest of {', '.join(PAIRS)}",
    )  # fmt: skip


def run(settings: Settings) -> Iterator[Figure]:
    """Measure at sizes up to the screen's."""
    plates, n_genes = (QUICK, QUICK_GENES) if settings.quick else (FULL, FULL_GENES)
    growth: dict[str, dict[str, float]] = {}
    for n_plates in plates:
        home = workspace(settings, n_plates=n_plates, n_genes=n_genes)
        name = f"{180 * n_plates // 1000}k" if n_plates >= FULL[0] else str(180 * n_plates)
        last = n_plates == plates[-1]
        for figure in (*questions(home, name=name), *all_pairs(home, name=name)):
            what = figure.key.replace(f"_{name}", "")
            growth.setdefault(what, {})[name] = float(figure.value)
            if last:
                yield figure
    sizes = [180.0 * n for n in plates]
    for what, found in growth.items():
        if len(found) == len(sizes) and what != "cli_help_seconds":
            unit = "ms" if what.endswith("_ms") else "s"
            note = f"slope {slope(sizes, list(found.values())):.2f}"
            yield Figure(
                key=f"{what.removesuffix('_seconds').removesuffix('_ms')}_growth", value=found, unit=unit, note=note
            )
