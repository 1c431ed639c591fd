"""What every sweep needs: a small workspace, a way to run the command in a child, and a judge of what a workspace holds."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import sys
import time
import traceback
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import vcpi
from vcpi.assemble.releases import ingest_release
from vcpi.cli.app import main as vcpi_main
from vcpi.data import compounds as shipped_compounds
from vcpi.demo.scenario import Scenario
from vcpi.demo.simulate import simulate_release
from vcpi.structure import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# The files hold no structure that could hang: standardized here, a run takes a second and not five. Nothing of it writes.
identity.guarded = lambda _worker, chunk, _timeout_s: [identity.attempt(text) for text in chunk]
identity.is_plain = lambda _text: True

N_GENES = 200
WAIT_S = 900.0  # a busy machine is no hang


@dataclass
class Tally:
    """What a sweep found: counts by name, and every violation in words."""

    counts: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def add(self, name: str, n: int = 1) -> None:
        """Count something."""
        self.counts[name] = self.counts.get(name, 0) + n

    def wrong(self, text: str) -> None:
        """Note a violation."""
        self.violations.append(text)
        sys.stderr.write(f"VIOLATION: {text}\n")


@dataclass(frozen=True)
class Ended:
    """How a child ended: its status (negative: the signal), stdout and stderr."""

    status: int
    out: str
    err: str

    @property
    def is_clear(self) -> bool:
        """Whether a failure was told in one line and without a traceback."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        said = [line for line in lines if line.startswith("vcpi: ")]
        return self.status == 1 and len(said) == 1 and "Traceback" not in self.err


def make_base(folder: Path) -> Path:
    """Make a small workspace and the files that sweeps ingest: a second release, and a table of signatures."""
    first = simulate_release(
        folder / "first", seed=1, n_plates=1, compounds=shipped_compounds()[:12], n_genes=N_GENES, job_id="first"
    )
    simulate_release(
        folder / "second", seed=2, n_plates=1, compounds=(), n_compounds=10, n_genes=N_GENES, job_id="second",
        scenario=Scenario(release=1),
    )  # fmt: skip
    home = folder / "home"
    ingest_release(home, [first.folder], workers=1)
    write_table(folder / "table.csv")
    return home


def write_table(path: Path, *, factor: float = 1.0) -> None:
    """Write signatures as a table: ids and genes, with values that a formula gives."""
    genes = [f"ENSG{number:011d}" for number in range(1, 121)]
    lines = [",".join(["signature_id", *genes])]
    for row in range(8):
        values = [f"{factor * (((row + 2) * (place + 3) * 7919) % 997 - 498) / 250:.3f}" for place in range(len(genes))]
        lines.append(",".join([f"compound-{row}", *values]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def in_child(work: Callable[[], int], log: Path, *, kill_after: float | None = None) -> Ended:
    """Run work in a forked child, its output in files, and kill it after some seconds where asked."""
    out, err = log.with_suffix(".out"), log.with_suffix(".err")
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        status = 99
        try:
            for path, stream in ((out, 1), (err, 2)):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), stream)
            status = work()
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:  # noqa: BLE001  the child says it, and ends below
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)
    until = time.monotonic() + (WAIT_S if kill_after is None else kill_after)
    ended, status = os.waitpid(child, os.WNOHANG)
    while not ended:
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            ended, status = os.waitpid(child, 0)
            break
        time.sleep(0.002)
        ended, status = os.waitpid(child, os.WNOHANG)
    return Ended(os.waitstatus_to_exitcode(status), out.read_text(errors="replace"), err.read_text(errors="replace"))


def command(home: Path, words: Sequence[str]) -> int:
    """Run one command of vcpi in this process and return its exit status."""
    sys.argv = ["vcpi", "--home", str(home), *words]
    return vcpi_main()


def contents(home: Path) -> str:
    """Digest what the store holds, by SQLite's own dump and not by vcpi; ``nothing`` where no ingest has finished."""
    path = home / "db" / "vcpi.sqlite"
    if not path.is_file() or not path.stat().st_size:
        return "nothing"
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (n_tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        for line in connection.iterdump() if n_tables else ():
            digest.update(line.encode() + b"\n")
    return digest.hexdigest() if n_tables else "nothing"


def answers(home: Path) -> str:
    """Ask every kind of search about two compounds and return the answers as text."""
    with vcpi.open(home) as database:
        names = [row["name"] for row in database.table("signatures")]
        asked = [names[0], names[-1]] if names else []
        counts = database.status()["counts"]
        counts = {name: n for name, n in counts.items() if name not in ("ingest", "rejected")}  # of each reading anew
        said: list[object] = [database.table("names"), sorted(counts.items())]
        for name in dict.fromkeys(asked):
            dataset = next(row["dataset"] for row in database.table("signatures") if row["name"] == name)
            said.append(database.like(name, k=5, dataset=dataset).hits.to_csv())
        structures = [row["name"] for row in database.table("compounds") if row["smiles"]]
        said += [database.analogs(name, k=5).hits.to_csv() for name in structures[:2]]
    return json.dumps(said, default=str)


def state(home: Path) -> str:
    """Digest of what a workspace holds and answers."""
    held = contents(home)
    return held if held == "nothing" else hashlib.sha256((held + answers(home)).encode()).hexdigest()


def damages(home: Path, *, deep: bool) -> list[str]:
    """Return what ``verify`` finds damaged."""
    with vcpi.open(home) as database:
        return [f"{row['part']}: {row['detail']}" for row in database.verify(deep=deep) if row["state"] != "ok"]


def fresh(base: Path, home: Path) -> Path:
    """Put a copy of a workspace in place of another."""
    shutil.rmtree(home, ignore_errors=True)
    if base.is_dir():
        shutil.copytree(base, home)
    return home


def leftovers(home: Path) -> list[str]:
    """Name the files of a workspace that no finished write leaves."""
    allowed = {"vcpi.sqlite", "vcpi.sqlite-wal", "vcpi.sqlite-shm", "vcpi.sqlite.seal", "engine"}
    found = [path.name for path in (home / "db").glob("*") if path.name not in allowed]
    if (home / "db" / "vcpi.sqlite").is_file():
        with closing(sqlite3.connect(f"file:{home}/db/vcpi.sqlite?mode=ro", uri=True)) as connection:
            is_made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'artifact'").fetchone()
            current = {row[0] for row in connection.execute("SELECT file FROM artifact")} if is_made else set()
        found += [path.name for path in (home / "index").glob("*") if path.name not in current]
    return found
