"""Corruption sweep: bytes flipped and files cut, in every file of a workspace."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from torture_common import Tally, answers, damages, fresh, in_child

from vcpi.errors import VcpiError

if TYPE_CHECKING:
    from pathlib import Path

FLIPS_OF_TEN = 9
UNSEALED_EVERY = 6  # beside these, store pages without their seal, as after a write beside readers
BATCH = 50  # damages that one child tries: were it to crash, it is known within these
STORE_SHARE = 0.6
AS_IT_WAS, REFUSED, WRONG = "right answer", "refused", "wrong answer"


def corruption_sweep(folder: Path, base: Path, n: int, *, seed: int = 1, only: str = "") -> Tally:
    """Flip a byte or cut the file at n places; what is damaged must be named and must not be answered from.

    ``only`` is part of the names of the files that are looked at; the store is then left alone.
    """
    tally = Tally()
    rng = random.Random(seed)  # noqa: S311  not for secrets
    home = fresh(base, folder / "run")
    for name in ("vcpi.sqlite-wal", "vcpi.sqlite-shm"):
        (home / "db" / name).unlink(missing_ok=True)
    files = sorted(path for part in ("db", "index") for path in (home / part).iterdir() if only in path.name)
    if not files:
        raise SystemExit(f"no file of the workspace has {only!r} in its name")
    store = home / "db" / "vcpi.sqlite"
    true = answers(home)
    jobs = []
    for place in range(n):
        path = store if not only and rng.random() < STORE_SHARE else rng.choice(files)
        size = path.stat().st_size
        jobs.append((path, rng.randrange(size), 0 if place % 10 == FLIPS_OF_TEN else rng.randrange(1, 256)))
    for place in range(0 if only else n // UNSEALED_EVERY):
        at = 24 + (place * store.stat().st_size) // (n // UNSEALED_EVERY)
        jobs.append((store, at, -rng.randrange(1, 256)))
    for start in range(0, len(jobs), BATCH):
        results = folder / "results"
        results.write_text("")
        ended = in_child(lambda: _try_all(home, jobs[start : start + BATCH], true, results), folder / "log")  # noqa: B023
        if ended.status:
            tally.wrong(f"the interpreter ended with {ended.status} after {results.read_text()}: {ended.err[-500:]}")
            for path, whole in _kept(home, base):
                path.write_bytes(whole)
        for line in results.read_text().splitlines():
            _count(tally, line)
    return tally


def _count(tally: Tally, line: str) -> None:
    """Count one damage; without a seal, bytes that no content uses may go unseen as long as the answers stay right."""
    name, kind, is_detected, outcome, place = line.split("\t")
    tally.add(kind)
    tally.add(f"{kind} in {name.rpartition('.')[2]}")
    told = outcome.partition(":")[0]
    sealed = kind != "unsealed flips"
    tally.add(f"{'' if sealed else 'unsealed: '}{'detected' if is_detected == 'yes' else 'not detected'}, {told}")
    is_safe = is_detected == "yes" or (not sealed and told == AS_IT_WAS)
    if not is_safe or (told not in (AS_IT_WAS, REFUSED) and (sealed or told != WRONG)):
        tally.wrong(f"{kind} in {name} {place}: detected {is_detected}, asked: {outcome}")


def _kept(home: Path, base: Path) -> list[tuple[Path, bytes]]:
    """Give the files of a workspace with what they held."""
    names = [path.relative_to(base) for part in ("db", "index") for path in (base / part).iterdir()]
    return [(home / name, (base / name).read_bytes()) for name in names if (home / name).exists()]


def _try_all(home: Path, jobs: list[tuple[Path, int, int]], true: str, results: Path) -> int:
    """Try several damages, each put right again, and write down what came of each."""
    for path, at, mask in jobs:
        whole = path.read_bytes()
        seal = path.with_name(f"{path.name}.seal")
        sealed = seal.read_bytes() if mask < 0 else b""
        path.write_bytes(whole[:at] + bytes([whole[at] ^ abs(mask)]) + whole[at + 1 :] if mask else whole[:at])
        try:
            if sealed:
                seal.unlink()
            is_detected, outcome = _look(home), _ask(home, true)
        finally:
            path.write_bytes(whole)
            if sealed:
                seal.write_bytes(sealed)
        with results.open("a") as lines:
            kind = "unsealed flips" if mask < 0 else "flips" if mask else "truncations"
            lines.write(f"{path.name}\t{kind}\t{'yes' if is_detected else 'no'}\t{outcome}\tbyte {at}\n")
    return 0


def _look(home: Path) -> bool:
    """Say whether ``verify --deep`` finds the damage, or the workspace is refused when it is opened."""
    try:
        return bool(damages(home, deep=True))
    except VcpiError:
        return True


def _ask(home: Path, true: str) -> str:
    """Ask as if nothing had happened: the right answer, a refusal of one line, or what must not be."""
    try:
        return AS_IT_WAS if answers(home) == true else WRONG
    except VcpiError as error:
        return REFUSED if "\n" not in str(error) else f"many lines: {error!r}"
    except Exception as error:  # noqa: BLE001  whatever it is, it is what the sweep looks for
        return f"error: {type(error).__name__}: {' '.join(str(error).split())}"
