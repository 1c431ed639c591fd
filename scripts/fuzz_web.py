"""Ask a server what its OpenAPI document allows and what it forbids, with schemathesis, and count what it answers.

    python scripts/fuzz_web.py WORKSPACE [--examples 18] [--seed 0]

Needs ``pip install schemathesis``, which no extra holds. Each operation gets so many questions that fit the document and
as many that do not. The exit status is 1 where an answer has a status of 500 or more, or there were fewer than 2,000 calls.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import requests
import schemathesis
from browser import served
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisException
from hypothesis.strategies import just
from schemathesis.generation import GenerationMode

FAILED = 500
HUNG_UP = 0
FEWEST = 2_000


def ask_all(address: str, *, examples: int, number: int) -> tuple[Counter[tuple[str, int]], list[str], list[float]]:
    """Ask every operation; count modes and statuses, list what failed, and time each call."""
    found: Counter[tuple[str, int]] = Counter()
    faults: list[str] = []
    taken: list[float] = []
    operations = [
        one.ok() for one in schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json").get_all_operations()
    ]
    bounds = settings(max_examples=examples, deadline=None, database=None, phases=[Phase.generate],
                      suppress_health_check=list(HealthCheck))  # fmt: skip

    def asked(case: schemathesis.Case, mode: GenerationMode) -> None:
        """Ask once."""
        start = time.perf_counter()
        try:
            answer = case.call(base_url=address, timeout=60)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):  # a refused body is not read on
            found[mode.value, HUNG_UP] += 1
            return
        taken.append(time.perf_counter() - start)
        found[mode.value, answer.status_code] += 1
        if answer.status_code >= FAILED:
            faults.append(f"{answer.status_code} {case.method} {answer.request.url[:200]} {answer.text[:200]}")

    for operation in operations:
        for mode in GenerationMode:
            cases = operation.as_strategy(generation_mode=mode)
            ask = seed(number)(bounds(given(case=cases, mode=just(mode))(asked)))
            try:
                ask()
            except HypothesisException as error:  # nothing can be wrong about an operation without parameters
                print(f"{operation.label}, {mode.value}: {str(error)[:80]}", file=sys.stderr)
    return found, faults, taken


def main() -> None:
    """Ask, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--examples", type=int, default=18)
    parser.add_argument("--seed", type=int, default=0)
    given_ = parser.parse_args()
    with served(given_.workspace) as address:
        found, faults, taken = ask_all(address, examples=given_.examples, number=given_.seed)
    n = sum(found.values())
    for (mode, status), count in sorted(found.items()):
        print(f"{mode:9} {status or 'hung up':>7} {count:6,}")
    print(
        f"{n:,} calls in {sum(taken):.0f} s, the slowest {max(taken, default=0):.1f} s; {len(faults)} with status 500 or more"
    )
    print("\n".join(faults[:20]))
    sys.exit(bool(faults) or n < FEWEST)


if __name__ == "__main__":
    main()
