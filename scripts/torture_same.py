"""Determinism sweep: equal files give equal workspaces, in other folders, with more threads and under other versions."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from torture_common import N_GENES, Tally, answers, contents

from vcpi.assemble.rebuild import rebuild
from vcpi.data import compounds as shipped_compounds
from vcpi.demo.simulate import simulate_release

if TYPE_CHECKING:
    from collections.abc import Sequence

MADE_WITH = re.compile(r'\{"faiss-cpu":[^{}]*\}|"(?:self|content)_digest":"[0-9a-f]*"|"tables":\{[^{}]*\}')
"""What the store notes of the versions that made it, and the digests over such notes."""
MAKE = """\
import sys
from pathlib import Path
from vcpi.assemble.releases import ingest_release
from vcpi.assemble.signatures import ingest_signatures
home, place, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if __name__ == '__main__':
    for name in ('first', 'second', 'plates'):
        ingest_release(home, [place / name], workers=workers)
    ingest_signatures(home, place / 'table.csv')
"""


def determinism_sweep(folder: Path, base: Path, n: int, *, pythons: Sequence[Path] = ()) -> Tally:
    """Make the workspace n times from copies of the files in other folders, with one thread and with several.

    Each of the other ``pythons``, in which vcpi and other versions of what it needs are installed, makes it once more.
    """
    del base
    tally = Tally()
    simulate_release(
        folder / "plates", seed=3, n_plates=3, compounds=shipped_compounds(), n_genes=N_GENES, job_id="plates"
    )
    makers = [*[Path(sys.executable)] * n, *pythons]
    first: dict[str, str] = {}
    for number, python in enumerate(makers):
        found = _made(folder, python, number, tally)
        first = first or found
        for part, value in found.items():
            if part == "store content" and number >= n:
                continue  # other versions are other notes of them; all else is compared
            tally.add("comparisons")
            if value != first[part]:
                tally.wrong(f"build {number + 1} by {python} differs from the first in {part}")
        tally.add("builds")
    return tally


def _made(folder: Path, python: Path, number: int, tally: Tally) -> dict[str, str]:
    """Make a workspace, and say what it holds before and after ``vcpi build``."""
    threads = 1 + number % 2
    place = folder / f"place-{number}" / ("deeper" * number or "here")
    for name in ("first", "second", "plates"):
        shutil.copytree(folder / name, place / name)
    shutil.copy(folder / "table.csv", place / "table.csv")
    (place / "make.py").write_text(MAKE)
    many = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads), "PYTHONHASHSEED": str(number)}
    environment, home = {**os.environ, **many}, place / "home"
    for words in ([place / "make.py", home, place, str(threads)], [__file__, home]):
        done = subprocess.run([python, *words], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    before, after = json.loads(done.stdout)
    if before != after:
        tally.wrong(f"build {number + 1} by {python}: other content after 'vcpi build'")
    return before


def _prints(home: Path) -> dict[str, str]:
    """Give digests of what two builds must have in common."""
    digest = hashlib.sha256()
    for path in sorted((home / "index").iterdir()):
        digest.update(f"{path.name}\n".encode() + path.read_bytes())
    said = hashlib.sha256(answers(home).encode()).hexdigest()
    with closing(sqlite3.connect(f"file:{home}/db/vcpi.sqlite?mode=ro", uri=True)) as connection:
        plain = hashlib.sha256(
            "\n".join(MADE_WITH.sub("", line) for line in connection.iterdump()).encode()
        ).hexdigest()
    return {
        "store content": contents(home),
        "store without versions": plain,
        "index bytes": digest.hexdigest(),
        "answers": said,
    }


if __name__ == "__main__":
    made = Path(sys.argv[1])
    held = _prints(made)
    rebuild(made)
    print(json.dumps([held, _prints(made)]))
