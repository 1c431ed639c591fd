"""Time a build here, in processes and on a Dask cluster of two workers, one of which is killed in the middle.

    python scripts/bench_dask.py [--smiles FILE.smi.gz] [--molecules 15000] [--plates 6] [--genes 20000] [--expressed 6000]
                                 [--save docs/scale.json]

Compounds come from a file of SMILES (one a line; without one, molecules are put together from pieces); the release is
simulated. Every build must give the same rows and the same bytes of the indexes, or the script fails.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing, contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import distributed
import scale
from bench_molecules import candidates
from simulate_release import simulate

from vcpi.assemble.cluster import dask_scheduler
from vcpi.assemble.libraries import ingest_compounds
from vcpi.assemble.releases import ingest_release
from vcpi.assemble.scheduling import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

N_WORKERS = 2


def content(home: Path) -> str:
    """Digest of all rows of a store and all bytes of its indexes."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(home / "db" / "vcpi.sqlite")) as connection:
        for line in connection.iterdump():
            digest.update(line.encode())
    for path in sorted((home / "index").iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


class Killer:
    """A progress function that kills a worker when a third of a stage is done."""

    def __init__(self, cluster: distributed.LocalCluster, stage: str) -> None:
        self.cluster, self.stage, self.killed = cluster, stage, 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Kill once."""
        if stage == self.stage and 3 * done >= total and not self.killed:
            self.killed = next(iter(self.cluster.workers.values())).process.pid
            os.kill(self.killed, signal.SIGKILL)


@contextmanager
def on_cluster(stage: str | None) -> Iterator[tuple[dict[str, Any], Killer | None]]:
    """Start two workers, one of which dies in the middle of a stage where one is named."""
    with (
        distributed.LocalCluster(
            n_workers=N_WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", silence_logs=60
        ) as cluster,
        dask_scheduler(cluster.scheduler_address) as dask,
    ):
        killer = None if stage is None else Killer(cluster, stage)
        yield {"scheduler": dask, **({} if killer is None else {"progress": killer})}, killer


def compare(
    what: str, n: int, stage: str, build: Callable[..., object], folder: Path
) -> tuple[bool, list[dict[str, Any]]]:
    """Build in every way, print seconds, and say whether all stores are the same."""
    here = nullcontext
    ways: dict[str, Any] = {
        "serial": here(({"workers": 1}, None)),
        f"processes, {N_WORKERS}": here(({"workers": N_WORKERS, "scheduler": Pool(N_WORKERS)}, None)),
        f"Dask, {N_WORKERS} workers": on_cluster(None),
        "Dask, one of two killed": on_cluster(stage),
    }
    figures: list[dict[str, Any]] = []
    n_killed = 0
    for name, way in ways.items():
        home = folder / f"{what} {name}".replace(" ", "-").replace(",", "")
        with way as (how, killer):
            start, before = time.perf_counter(), scale.cpu_s(os.getpid())
            build(home, **how)
            seconds, spent = time.perf_counter() - start, scale.cpu_s(os.getpid()) - before
            n_killed += killer is not None and killer.killed > 0
        figures.append(
            {
                "what": what,
                "n": n,
                "how": name,
                "seconds": seconds,
                "cpu_s": spent if name == "serial" else None,
                "digest": content(home)[:16],
            }
        )
        print("measured", figures[-1], flush=True)
    same = len({one["digest"] for one in figures}) == 1 and n_killed == 1
    print(f"{what:<10} {'equal' if same else 'DIFFERENT, or no worker was killed'}\n", flush=True)
    return same, figures


def molecules(path: Path | None, n: int) -> list[str]:
    """Take so many SMILES, spread over the file."""
    if path is None:
        return list(islice(candidates([], seed=1), n))
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = [line.split()[0] for line in raw.decode().splitlines() if line.strip()]
    return lines[:: max(len(lines) // n, 1)][:n]


def main() -> int:
    """Compare what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smiles", type=Path)
    parser.add_argument("--molecules", type=int, default=15_000)
    parser.add_argument("--plates", type=int, default=6)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--expressed", type=int, default=6_000)
    parser.add_argument("--save", type=Path, help="docs/scale.json, to keep the figures")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = folder / "library.smi"
        texts = molecules(given.smiles, given.molecules)
        library.write_text("\n".join(f"{text} cpd-{at}" for at, text in enumerate(texts)) + "\n")
        print(f"{len(texts):,} structures; {given.plates} plates, {given.genes:,} genes; {os.cpu_count()} cores\n")
        same, figures = compare(
            "compounds", len(texts), "structures", lambda home, **how: ingest_compounds(home, library, **how), folder
        )
        released = folder / "release"
        simulate(released, n_plates=given.plates, n_genes=given.genes, n_expressed=given.expressed)
        as_well, more = compare(
            "plates",
            given.plates,
            "reading counts",
            lambda home, **how: ingest_release(home, [released], **how),
            folder,
        )
    if given.save:
        sizes = (
            f"--molecules {given.molecules} --plates {given.plates} --genes {given.genes} --expressed {given.expressed}"
        )
        scale.save(given.save, "dask", f"python scripts/bench_dask.py --smiles FILE {sizes}", figures + more)
    return 0 if same and as_well else 1


if __name__ == "__main__":
    sys.exit(main())
