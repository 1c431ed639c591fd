"""Little memory, a slow disk, and a clock that jumps."""

from __future__ import annotations

import resource
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torture_shim as shim
from torture_common import Tally, answers, command, damages, fresh, in_child, state

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_MB, MOST_MB = 1, 400
DELAY_MS = 20
HANGS_S = 90.0
ASK_S = 20.0  # how long a question beside a slow writer may take on a busy machine
YEARS = 20 * 365 * 86_400


def hard_sweep(folder: Path, base: Path, n: int) -> Tally:
    """Run commands with little memory at n points, one on a slow disk, and three while the clock jumps."""
    tally = Tally()
    release, table = ("ingest", "release", str(folder / "second")), ("ingest", "signatures", str(folder / "table.csv"))
    old, true = state(base), answers(base)
    new = {words: _unharmed(folder, base, words) for words in (release, table, ("build",))}
    for point in range(n):
        words = (release, table, ("build",), ("like", "sirolimus"), ("evaluate",))[point % 5]
        megabytes = LEAST_MB * (MOST_MB / LEAST_MB) ** (point / max(n - 1, 1))
        _with_little_memory(
            folder, base, words=words, megabytes=megabytes, allowed={old, new.get(words, old)}, tally=tally
        )
    _on_slow_disk(folder, base, release, (true, new[release]), tally)
    for words in (release, table, ("build",)):
        home = fresh(base, folder / "run")
        ended = in_child(lambda home=home, words=words: _with_jumping_clock(home, words, folder), folder / "log")
        tally.add("clock jumps: commands")
        tally.add("clock jumps: times asked", int((folder / "asked").read_text()))
        if ended.status or state(home) != new[words]:
            tally.wrong(f"clock jumps, {words[:2]}: status {ended.status} or other content: {ended.err[-300:]}")
    return tally


def _unharmed(folder: Path, base: Path, words: Sequence[str]) -> str:
    """Say what a command leaves where nothing disturbs it."""
    home = fresh(base, folder / "run")
    ended = in_child(lambda: command(home, words), folder / "log")
    if ended.status:
        raise SystemExit(f"{' '.join(words)} failed unharmed: {ended.err}")
    return state(home)


def _with_little_memory(
    folder: Path, base: Path, *, words: Sequence[str], megabytes: float, allowed: set[str], tally: Tally
) -> None:
    """Run a command that may take so much more memory than it has; it ends with one line, or with its answer."""
    home = fresh(base, folder / "run")

    def work() -> int:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        room = pages * resource.getpagesize() + int(megabytes * 2**20)
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
        return command(home, words)

    ended = in_child(work, folder / "log", kill_after=HANGS_S)
    tally.add("little memory: points")
    what = f"{words[:2]} with {megabytes:.1f} MB"
    if ended.status < 0 and "Exception ignored in thread started" in ended.err:
        tally.add("little memory: Python waits for a thread that it could not start")
        sys.stderr.write(f"{what}: killed\n")
    elif ended.status and not ended.is_clear:
        tally.wrong(f"{what}: status {ended.status}, {ended.err[-600:]}")
    else:
        tally.add("little memory: answered" if not ended.status else "little memory: refused")
    if state(home) not in allowed or damages(home, deep=True):
        tally.wrong(f"{what}: half written")


def _on_slow_disk(folder: Path, base: Path, words: Sequence[str], expected: tuple[str, str], tally: Tally) -> None:
    """Ask, and write once more, beside a command each of whose writes takes long."""
    home = fresh(base, folder / "run")
    true, new = expected
    ended = []

    def slow() -> int:
        shim.arm(home, at=1, mode=shim.SLOW, error=DELAY_MS)
        return command(home, words)

    writer = threading.Thread(target=lambda: ended.append(in_child(slow, folder / "slow")))
    writer.start()
    time.sleep(0.5)
    refused = None
    while writer.is_alive():
        started = time.monotonic()
        asked = in_child(lambda: 0 if answers(home) == true else 7, folder / "ask")
        took = time.monotonic() - started
        if not writer.is_alive():
            break
        tally.add("slow disk: answers beside it")
        if asked.status not in (0, 7) or took > ASK_S:
            tally.wrong(f"slow disk: a reader ended with {asked.status} after {took:.1f} s: {asked.err[-300:]}")
        if refused is None:
            refused = in_child(lambda: command(home, ("build",)), folder / "second-writer")
            if refused.status and not (refused.is_clear and "Another process is writing" in refused.err):
                tally.wrong(f"slow disk: second writer: status {refused.status}, {refused.err[-300:]}")
            tally.add("slow disk: second writer told" if refused.status else "slow disk: second writer after it")
    writer.join()
    if ended[0].status or state(home) != new or damages(home, deep=True):
        tally.wrong(f"slow disk: status {ended[0].status}, or other content: {ended[0].err[-300:]}")
    tally.add("slow disk: writes")


def _with_jumping_clock(home: Path, words: Sequence[str], folder: Path) -> int:
    """Run a command while the clock of the day jumps by decades."""
    shim.jump_clock(YEARS)
    seen = [time.time() for _ in range(3)]
    if max(seen) - min(seen) < YEARS:
        raise SystemExit("the clock does not jump: the sweep would show nothing")
    status = command(home, words)
    (folder / "asked").write_text(str(shim.n_asked() - len(seen)))
    shim.jump_clock(0)
    return status
