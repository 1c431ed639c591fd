"""Kill sweep and fault sweep: a command that dies, or whose writes fail, at every part of its run."""

from __future__ import annotations

import errno
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torture_shim as shim
from torture_common import Ended, Tally, answers, command, contents, damages, fresh, in_child, leftovers, state

import vcpi
from vcpi.database import moving
from vcpi.engines.embedded import EmbeddedBackend
from vcpi.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOTHING = "nothing"
RERUN_EVERY = 4
TIMED_EVERY = 5
TIMED_SHARE = 0.7  # of the first run, which is slower than the others


@dataclass(frozen=True)
class Run:
    """A command, the workspace it starts from, what that holds before and after, its write calls and seconds."""

    words: Sequence[str]
    base: Path
    old: str
    new: str
    answers: str
    n_calls: int
    seconds: float

    beside: dict[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What to call it."""
        return " ".join(self.words[:2]) if self.base.is_dir() else f"first {' '.join(self.words[:2])}"


FACTS = """\
vcpi_facts: 1
document: {id: doc-1, title: A paper, kind: publication}
compounds:
  - {key: aspirin, name: aspirin, smiles: CC(=O)Oc1ccccc1C(=O)O}
measurements:
  - {compound: aspirin, target: PTGS1, measure: IC50, relation: "=", value: 1.67, unit: µM}
"""
BESIDE = ("evaluation.json", "db/engine")
"""Files that a command writes and that are no part of the store: whole or not there."""


def prepare(folder: Path, base: Path) -> list[Run]:
    """Run each command once unharmed, for what it leaves and how many write calls it makes."""
    (folder / "compounds.csv").write_text("name,smiles\nbutane,CCCC\naspirin,CC(=O)Oc1ccccc1C(=O)O\n", encoding="utf-8")
    (folder / "annotations.csv").write_text("name,class\nsirolimus,mTOR inhibitor\nnobody,none\n", encoding="utf-8")
    (folder / "sets.gmt").write_text("A\tno\tTP53\tMDM2\nB\tno\tMYC\tJUN\n", encoding="utf-8")
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    release, table = ("ingest", "release", str(folder / "second")), ("ingest", "signatures", str(folder / "table.csv"))
    jobs = [
        (release, base),
        (("build",), base),
        (("ingest", "compounds", str(folder / "compounds.csv")), base),
        (table, base),
        (table, folder / "nowhere"),
        (("remove", "first"), base),
        (("ingest", "annotations", str(folder / "annotations.csv")), base),
        (("ingest", "facts", str(folder / "facts.yaml")), base),
        (("ingest", "genesets", str(folder / "sets.gmt")), base),
        (("evaluate", "-o", str(folder / "run" / "evaluation.json")), base),
        (("push", "milvus://nobody:19530", "--use"), base),
    ]
    return [_measure(folder, words, start) for words, start in jobs]


def _measure(folder: Path, words: Sequence[str], base: Path) -> Run:
    """Run one command unharmed."""
    home = fresh(base, folder / "run")
    old = state(home)
    started = time.monotonic()

    def work() -> int:
        shim.arm(home, at=0)
        status = _do(home, words)
        (folder / "calls").write_text(str(shim.count()))
        return status

    ended = in_child(work, folder / "log")
    seconds = time.monotonic() - started
    if ended.status:
        raise SystemExit(f"{' '.join(words)} failed unharmed: {ended.err}")
    calls = int((folder / "calls").read_text())
    return Run(words, base, old, state(home), answers(home), calls, seconds, _beside(home))


def _do(home: Path, words: Sequence[str]) -> int:
    """Run a command; a push goes to an engine in this process, and what it leaves in the workspace is looked at."""
    moving.connect = lambda _address: EmbeddedBackend()
    return command(home, words)


def _beside(home: Path) -> dict[str, bytes]:
    """Read the files that a command writes and that are no part of the store."""
    return {name: (home / name).read_bytes() for name in BESIDE if (home / name).exists()}


def _attempt(folder: Path, run: Run, *, at: int, mode: int, error: int = 0, seconds: float | None = None) -> Ended:
    """Run the command on a fresh workspace, harmed at one write call or killed after some seconds."""
    home = fresh(run.base, folder / "run")

    def work() -> int:
        if at:
            shim.arm(home, at=at, mode=mode, error=error)
        return _do(home, run.words)

    return in_child(work, folder / "log", kill_after=seconds)


def _judge(home: Path, run: Run, tally: Tally, what: str) -> str:
    """Say whether a workspace holds the old or the new content; anything else, or damage, is a violation."""
    try:
        if contents(home) == NOTHING:
            held = NOTHING
            try:
                vcpi.open(home).close()
                tally.wrong(f"{what}: a workspace without content opens")
            except WorkspaceError:
                pass
        else:
            found = damages(home, deep=True)
            if found:
                tally.wrong(f"{what}: {found}")
            held = state(home)
    except Exception as error:  # noqa: BLE001  whatever it is, it is what the sweep looks for
        tally.wrong(f"{what}: {type(error).__name__}: {error}")
        return "broken"
    for name, content in _beside(home).items():
        if content != run.beside.get(name):
            tally.wrong(f"{what}: {name} is half written")
    side = "old" if held == run.old else "new" if held == run.new else "other"
    if side == "other":
        tally.wrong(f"{what}: neither the old nor the new content")
    return side


def _again(folder: Path, run: Run, tally: Tally, what: str, *, was_new: bool) -> None:
    """Run the command again, unharmed: it must give what it gives at once, and clear what the killed one left."""
    home = folder / "run"
    left = set(leftovers(home))
    ended = in_child(lambda: _do(home, run.words), folder / "log")
    done = any(said in ended.err for said in ("in the workspace already", "No dataset is called"))
    held = (
        answers(home) == run.answers if done or was_new else state(home) == run.new
    )  # a second reading is kept as one
    if (ended.status and not done) or not held:
        tally.wrong(f"{what}: run again it gives something else (status {ended.status}: {ended.err[-300:]})")
    if left & set(leftovers(home)) and not done:
        tally.wrong(f"{what}: {sorted(left & set(leftovers(home)))} stay after the next write")
    tally.add("leftovers cleared", len(left))
    tally.add("run again")


def _spread(runs: list[Run], n: int) -> list[tuple[Run, int, int]]:
    """Share n points over the commands: (command, number of the point, points of this command)."""
    share = [n // len(runs) + (place < n % len(runs)) for place in range(len(runs))]
    return [(run, point, n_points) for run, n_points in zip(runs, share, strict=True) for point in range(n_points)]


def kill_sweep(folder: Path, base: Path, n: int) -> Tally:
    """Kill at n points: before a write call, in the midst of one, or at a time."""
    tally = Tally()
    runs = prepare(folder, base)
    for place, (run, point, n_points) in enumerate(_spread(runs, n)):
        share = (point + 0.5) / n_points
        if place % TIMED_EVERY == 0:
            how, what = "timed", f"{run.name} killed after {TIMED_SHARE * share * run.seconds:.3f} s"
            ended = _attempt(folder, run, at=0, mode=0, seconds=TIMED_SHARE * share * run.seconds)
        else:
            at, mode = 1 + int(share * run.n_calls), (shim.KILL, shim.TORN)[place % 2]
            how, what = "at a write call", f"{run.name} killed at write {at} of {run.n_calls}, mode {mode}"
            ended = _attempt(folder, run, at=at, mode=mode)
        tally.add("points")
        tally.add(f"killed {how}" if ended.status == -9 else "ended before")  # noqa: PLR2004  SIGKILL
        side = _judge(folder / "run", run, tally, what)
        tally.add(f"{side} content")
        if place % RERUN_EVERY == 0 and side in ("old", "new"):
            _again(folder, run, tally, what, was_new=side == "new" and run.old != run.new)
    return tally


def fault_sweep(folder: Path, base: Path, n: int) -> Tally:
    """Have write calls fail at n points, as on a full disk (from there on) and on a bad one (once, or from there on)."""
    tally = Tally()
    kinds = (
        (shim.FAIL_ON, errno.ENOSPC), (shim.FAIL_ONCE, errno.EIO), (shim.SHORT, errno.ENOSPC), (shim.FAIL_ON, errno.EIO),
    )  # fmt: skip
    runs = prepare(folder, base)
    for place, (run, point, n_points) in enumerate(_spread(runs, n)):
        at = 1 + int((point + 0.5) / n_points * run.n_calls)
        mode, error = kinds[place % len(kinds)]
        what = f"{run.name}, {errno.errorcode[error]} at write {at} of {run.n_calls}, mode {mode}"
        ended = _attempt(folder, run, at=at, mode=mode, error=error)
        tally.add("points")
        tally.add(f"{errno.errorcode[error]}: status {ended.status}")
        side = _judge(folder / "run", run, tally, what)
        tally.add(f"{side} content")
        if ended.status and not ended.is_clear:
            tally.wrong(f"{what}: not one clear line (status {ended.status}): {ended.err[-500:]}")
        if "holds the old content or the new one" in ended.err:
            tally.add("told that either may be held")
        elif run.old != run.new and side in ("old", "new") and (ended.status == 0) != (side == "new"):
            tally.wrong(f"{what}: status {ended.status} and the {side} content: {ended.err[-300:]}")
    return tally
