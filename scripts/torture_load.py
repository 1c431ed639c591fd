"""Load, and disks that cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path

from torture_common import Ended, Tally, command, damages, fresh, in_child, state

import vcpi
from vcpi.assemble.libraries import ingest_compounds
from vcpi.store.connection import open_for_writing

ASKED = "CCCCCCCCN"
A_WRITE_S = 0.7
LAST_S = 60.0
PAUSE_S = 0.3  # between republications, so that readers have answers of each
ROOM_BYTES = 60_000  # of the small disk, beside the workspace


def _questions(database: vcpi.Database) -> tuple[str, str]:
    """Ask by structure, which every republication answers otherwise, and by signature, which none does."""
    return database.analogs(ASKED, k=40).hits.to_csv(), database.like("sirolimus", k=5).hits.to_csv()


def _read(home: Path, versions: list[str], steady: str, n: int) -> int:
    """Ask n times with one open database; say on stdout what went wrong and how many versions were seen."""
    seen = [0]
    with vcpi.open(home) as database:
        for number in range(n):
            time.sleep(A_WRITE_S * (len(versions) - 1) / n)  # so that the questions last as long as the writes
            try:
                by_structure = database.analogs(ASKED, k=40).hits.to_csv() if number % 2 else None
                by_signature = None if number % 2 else database.like("sirolimus", k=5).hits.to_csv()
            except Exception as error:  # noqa: BLE001  whatever it is, it is what the sweep looks for
                print(f"error {type(error).__name__}: {error}")
                continue
            if by_signature is not None and by_signature != steady:
                print("an answer by signature that is not the one of all versions")
            if by_structure is not None and by_structure not in versions:
                print("an answer by structure that is of no version")
            elif by_structure is not None:
                seen.append(versions.index(by_structure))
    if seen != sorted(seen):
        print("an older version after a newer one")
        until = time.monotonic() + LAST_S
        while database.analogs(ASKED, k=40).hits.to_csv() != versions[-1]:
            if time.monotonic() > until:
                print("the newest version is not seen after the last write")
                break
            time.sleep(A_WRITE_S)
    print(f"versions {len(set(seen))}")
    return 0


def load_sweep(folder: Path, base: Path, n: int, *, n_readers: int, n_writes: int) -> Tally:
    """Ask from several processes while a writer adds a compound that changes the answers, again and again."""
    tally = Tally()
    files = []
    for number in range(n_writes):
        files.append(folder / f"more-{number}.csv")
        files[-1].write_text(f"name,smiles\nalkanol-{number},{'C' * (number + 3)}O\n", encoding="utf-8")
    rehearsal, versions = fresh(base, folder / "rehearsal"), []
    for file in (None, *files):
        if file is not None:
            ingest_compounds(rehearsal, file)
        with vcpi.open(rehearsal) as database:
            by_structure, steady = _questions(database)
            versions.append(by_structure)
    if len(set(versions)) != n_writes + 1:
        raise SystemExit("two versions answer alike: the sweep would show nothing")
    home = fresh(base, folder / "run")
    readers = [_start_reader(folder / f"reader-{number}", home, versions, steady, n) for number in range(n_readers)]
    for file in files:
        try:
            ingest_compounds(home, file)
            tally.add("republications")
        except vcpi.VcpiError as error:
            tally.wrong(f"the writer was refused: {error}")
        time.sleep(PAUSE_S)
    for child, log in readers:
        _, status = os.waitpid(child, 0)
        if status:
            tally.wrong(f"a reader ended with {status}")
        for line in log.read_text().splitlines():
            if line.startswith("versions "):
                tally.add(f"readers that saw {line.split()[1]} versions")
            else:
                tally.wrong(line)
        tally.add("queries", n)
    tally.counts["readers"] = n_readers
    if damages(home, deep=True):
        tally.wrong(f"damaged after the load: {damages(home, deep=True)}")
    return tally


def _start_reader(log: Path, home: Path, versions: list[str], steady: str, n: int) -> tuple[int, Path]:
    """Start one reader with its output in a file."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
            status = _read(home, versions, steady, n)
            sys.stdout.flush()
        except BaseException:  # noqa: BLE001  the child says it, and ends below
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)
    return child, log


def full_sweep(folder: Path, base: Path, n: int) -> Tally:
    """Write where that cannot be: a full disk, a read-only folder and one without permission, and beside a writer."""
    del n
    tally = Tally()
    table = str(folder / "table.csv")
    words = ["ingest", "signatures", table]
    with redirect_stdout(StringIO()):  # load what it needs, which another user may not be able to read
        command(fresh(base, folder / "warm"), words)
    _on_full_disk(folder, base, words, tally)
    for name, work in (("no permission", _as_nobody), ("second writer", _beside_a_writer)):
        home = fresh(base, folder / "run")
        old = state(home)
        ended = work(folder, home, words)
        if ended is None:
            tally.add(f"{name}: not tried")
            continue
        tally.add(f"{name}: refused" if ended.is_clear else f"{name}: status {ended.status}")
        if not ended.is_clear:
            tally.wrong(f"{name}: status {ended.status}, {ended.err[-500:]}")
        if state(home) != old:
            tally.wrong(f"{name}: the content changed")
    return tally


def _on_full_disk(folder: Path, base: Path, words: list[str], tally: Tally) -> None:
    """Fill a small file system of its own, where this process may mount one."""
    place = folder / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_size(base) + ROOM_BYTES}", "tmpfs", str(place)],
        check=False, capture_output=True,
    )  # fmt: skip
    if done.returncode:
        tally.add("full disk: not tried, no right to mount")
        return
    try:
        home = fresh(base, place / "run")
        old = state(home)
        ended = in_child(lambda: command(home, words), folder / "log")
        tally.add("full disk: refused" if ended.is_clear else f"full disk: status {ended.status}")
        if not ended.is_clear:
            tally.wrong(f"full disk: status {ended.status}, {ended.err[-500:]}")
        if state(home) != old or damages(home, deep=True):
            tally.wrong("full disk: the content changed or is damaged")
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        ended = in_child(lambda: command(home, words), folder / "log")
        tally.add("read-only disk: refused" if ended.is_clear else f"read-only disk: status {ended.status}")
        if not ended.is_clear:
            tally.wrong(f"read-only disk: status {ended.status}, {ended.err[-500:]}")
        if state(home) != old:
            tally.wrong("read-only disk: other answers than before")
        tally.add("read-only disk: answers")
    finally:
        subprocess.run(["umount", str(place)], check=False)


def _size(folder: Path) -> int:
    """Give the bytes that the files of a folder take on disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*"))


def _as_nobody(folder: Path, home: Path, words: list[str]) -> Ended:
    """Run as a user who may read the workspace and not write it."""
    if os.geteuid() == 0:
        folder.chmod(0o755)
    for path in (home, *home.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)

    def work() -> int:
        if os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        return command(home, words)

    try:
        return in_child(work, folder / "log")
    finally:
        for path in (home, *home.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


def _beside_a_writer(folder: Path, home: Path, words: list[str]) -> Ended | None:
    """Run while this process holds the store for writing, and then gives up."""

    class Enough(Exception):
        pass

    ended = None
    with suppress(Enough), open_for_writing(home):
        ended = in_child(lambda: command(home, words), folder / "log")
        raise Enough
    return ended
