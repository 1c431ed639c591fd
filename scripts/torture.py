"""Put vcpi under fire and count what holds.

    python scripts/torture.py kill|fault|corrupt|load|determinism|full|hard|all [--n N] [--short]

kill: a command is killed at N points of its run. fault: its write calls fail. corrupt: bytes of a workspace are changed.
load: readers ask while a writer republishes. determinism: two builds of the same files. full: a full disk, a read-only
folder, no permission, a second writer. hard: little memory, a slow disk, a clock that jumps. Prints counts as JSON; exits 1 on any violation.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import torture_shim as shim

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
SWEEPS = {
    "kill": (264, 15),
    "fault": (264, 15),
    "corrupt": (1_100, 60),
    "load": (1_000, 20),
    "determinism": (2, 2),
    "full": (1, 1),
    "hard": (60, 10),
}
"""How many points the long and the short form have."""
NEEDS_SHIM = ("kill", "fault", "hard")


def _run(name: str, n: int, *, is_short: bool, pythons: list[Path], only: str) -> int:
    """Run one sweep in a folder of its own and print what it found."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        library = shim.build(Path(folder)) if name in NEEDS_SHIM else None
        if name in NEEDS_SHIM and library is None:
            print(json.dumps({"sweep": name, "skipped": "no C compiler, or no /proc"}))
            return 0
        words = [sys.executable, __file__, name, "--n", str(n), "--inside", folder, *(["--short"] if is_short else [])]
        words += [word for python in pythons for word in ("--python", str(python))]
        words += ["--only", only] if only else []
        preload = {} if library is None else {"LD_PRELOAD": str(library)}
        return subprocess.run(words, env={**os.environ, **ONE_THREAD, **preload}, check=False).returncode


def _inside(name: str, n: int, folder: Path, *, is_short: bool, pythons: list[Path], only: str) -> int:
    """Run one sweep in this process, which has one thread and, where needed, the shim."""
    from torture_common import make_base  # they load vcpi, after the threads are set
    from torture_crash import fault_sweep, kill_sweep
    from torture_damage import corruption_sweep
    from torture_hard import hard_sweep
    from torture_load import full_sweep, load_sweep
    from torture_same import determinism_sweep

    started = time.monotonic()
    base = make_base(folder)
    sweep = {
        "kill": kill_sweep, "fault": fault_sweep, "corrupt": partial(corruption_sweep, only=only), "full": full_sweep, "hard": hard_sweep,
        "determinism": partial(determinism_sweep, pythons=pythons),
    }  # fmt: skip
    if name == "load":
        tally = load_sweep(folder, base, n, n_readers=2 if is_short else 8, n_writes=3 if is_short else 20)
    else:
        tally = sweep[name](folder, base, n)
    said = {
        "sweep": name, "n": n, **tally.counts, "violations": len(tally.violations),
        "seconds": round(time.monotonic() - started, 1),
    }  # fmt: skip
    print(json.dumps(said))
    return 1 if tally.violations else 0


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweep", choices=[*SWEEPS, "all"])
    parser.add_argument("--n", type=int, help="points, or queries of each reader")
    parser.add_argument("--short", action="store_true", help="the form that CI runs")
    parser.add_argument(
        "--python", type=Path, action="append", default=[], help="of determinism: another Python with vcpi installed"
    )
    parser.add_argument("--only", default="", help="of corrupt: part of the names of the files to damage")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside is not None:
        return _inside(given.sweep, given.n, given.inside, is_short=given.short, pythons=given.python, only=given.only)
    names = list(SWEEPS) if given.sweep == "all" else [given.sweep]
    return max(
        _run(name, given.n or SWEEPS[name][given.short], is_short=given.short, pythons=given.python, only=given.only)
        for name in names
    )


if __name__ == "__main__":
    sys.exit(main())
