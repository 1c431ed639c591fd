"""Damaged and hostile input for every reader and query parser: ``python scripts/fuzz.py [--n 10000] [--seed 0]``.

Each input is made here from a small valid one, by changing its structure (cells, rows, types, shapes) or its bytes, and
is read in a child process that is killed when it takes longer than ``--bound`` seconds. Whatever is read, only three
things may happen: it is refused with a VcpiError of one line, or accepted, with rows rejected or without. Anything else
(another exception, a hang, the end of the interpreter) is a violation; the line that names it repeats it alone
(``--only READER --case N``). ``--identity FOLDER`` standardizes the structures of a folder of hard cases too.
Exit status 0 without violations, else 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fuzz_seeds import READERS, identity_texts, standardize_all

from vcpi.errors import VcpiError
from vcpi.structure.worker import Worker, WorkerStopped

MAX_MESSAGE = 2_000


@dataclass(frozen=True)
class Case:
    """One input: which reader, which seed, which number, and where files may lie."""

    reader: str
    seed: int
    number: int
    folder: str


@dataclass
class Outcome:
    """What became of one input: ``kind`` is refused, accepted or violation."""

    kind: str
    used: int = 0
    rejected: int = 0
    said: str = ""


def run_case(case: Case) -> Outcome:
    """Make one input and read it, in the child."""
    rng = random.Random(f"{case.seed}/{case.reader}/{case.number}")  # noqa: S311  to be repeated, not to be secret
    folder = Path(tempfile.mkdtemp(dir=case.folder))
    try:
        used, rejected = READERS[case.reader](rng, folder)
    except VcpiError as error:
        message = str(error)
        fault = "several lines" if "\n" in message or "\r" in message else ""
        fault = fault or (f"{len(message):,} characters" if len(message) > MAX_MESSAGE else "")
        return Outcome("violation", said=f"message of {fault}: {message[:200]!r}") if fault else Outcome("refused")
    except Exception as error:  # noqa: BLE001  whatever else comes out is what is looked for
        where = traceback.extract_tb(error.__traceback__)
        place = next((f"{Path(f.filename).name}:{f.lineno}" for f in reversed(where) if "vcpi" in f.filename), "?")
        return Outcome("violation", said=f"{type(error).__name__} at {place}: {str(error)[:160]!r}")
    finally:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        folder.rmdir()
    return Outcome("accepted", used=used, rejected=rejected)


def run_many(cases: list[Case], *, bound_s: float) -> list[Outcome]:
    """Run cases in one child after another, each in bounded time."""
    done: list[Outcome] = []
    with Worker(run_case) as worker:
        while len(done) < len(cases):
            try:
                for outcome in worker.run(cases[len(done) :], timeout_s=bound_s):
                    done.append(outcome)
            except WorkerStopped as stop:
                said = f"longer than {bound_s:g} s" if stop.reason == "silent" else "the interpreter ended"
                done.append(Outcome("violation", said=said))
    return done


def tell(reader: str, outcomes: list[Outcome], seconds: float) -> None:
    """Print one line for a reader."""
    kinds = Counter(outcome.kind for outcome in outcomes)
    used, rejected = (sum(getattr(outcome, name) for outcome in outcomes) for name in ("used", "rejected"))
    print(
        f"{reader:<14}{len(outcomes):>7}{kinds['refused']:>9}{kinds['accepted']:>10}{used:>12}{rejected:>15}"
        f"{kinds['violation']:>12}{seconds:>9.1f}",
        flush=True,
    )
    for number, outcome in enumerate(outcomes):
        if outcome.kind == "violation":
            print(f"  ! {reader} {number}: {outcome.said}", flush=True)


def fuzz(n: int, *, seed: int, bound_s: float, workers: int, only: str | None = None) -> dict[str, list[Outcome]]:
    """Run n inputs spread evenly over the readers, and return what became of each."""
    readers = [only] if only else list(READERS)
    share = -(-n // len(readers))
    results: dict[str, list[Outcome]] = {}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as pool:

        def work(reader: str) -> tuple[str, list[Outcome], float]:
            start = time.monotonic()
            cases = [Case(reader, seed, number, folder) for number in range(share)]
            return reader, run_many(cases, bound_s=bound_s), time.monotonic() - start

        for reader, outcomes, seconds in pool.map(work, readers):
            tell(reader, outcomes, seconds)
            results[reader] = outcomes
    return results


def main() -> int:
    """Read the options, run, and tell what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=10_000, help="inputs, spread evenly over the readers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bound", type=float, default=60.0, help="seconds for one input")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=sorted(READERS))
    parser.add_argument("--case", type=int, help="run one input of --only here, with its traceback")
    parser.add_argument("--identity", type=Path, metavar="FOLDER", help="a folder of hard structures")
    options = parser.parse_args()
    if options.case is not None:
        rng = random.Random(f"{options.seed}/{options.only}/{options.case}")  # noqa: S311
        with tempfile.TemporaryDirectory() as folder:
            print(READERS[options.only](rng, Path(folder)))
        return 0
    heads = ("reader", "n", "refused", "accepted", "rows used", "rows rejected", "violations", "seconds")
    print(
        f"{heads[0]:<14}{heads[1]:>7}{heads[2]:>9}{heads[3]:>10}{heads[4]:>12}{heads[5]:>15}{heads[6]:>12}{heads[7]:>9}"
    )
    results = fuzz(options.n, seed=options.seed, bound_s=options.bound, workers=options.workers, only=options.only)
    if options.identity:
        results["identity"] = identity(options.identity)
    faults = sum(outcome.kind == "violation" for outcomes in results.values() for outcome in outcomes)
    print(
        f"{sum(map(len, results.values())):,} inputs, {faults} violations (seed {options.seed}, {options.bound:g} s each)"
    )
    return 1 if faults else 0


def identity(folder: Path) -> list[Outcome]:
    """Standardize every structure of a folder of hard cases; each has a result or a reason."""
    start = time.monotonic()
    texts = identity_texts(folder)
    used, rejected, other = standardize_all(texts)
    outcomes = [Outcome("accepted", used=1)] * used + [Outcome("accepted", rejected=1)] * rejected
    outcomes += [Outcome("violation", said="neither a structure nor a reason")] * other
    outcomes += [Outcome("violation", said="no answer")] * (len(texts) - used - rejected - other)
    tell("identity", outcomes, time.monotonic() - start)
    return outcomes


if __name__ == "__main__":
    import fuzz as by_name  # a child process finds its cases under this name

    sys.exit(by_name.main())
