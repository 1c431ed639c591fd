"""Measure how fast a server answers that is warm: each question 500 times, another compound or list each time.

    python scripts/bench_web.py WORKSPACE [WORKSPACE...] [-n 500] [--seed 0] [--format table|json]

Starts ``vcpi serve`` on a free port and asks it over one connection, as one browser would. Limits are of the 95th percentile;
the exit status is 1 where one is passed. Rows without a limit are whole pages, asked a tenth as often.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
from browser import served

OK = 200
WARM = 20  # questions before those that count
TYPING_ERROR = 0.1
Request = tuple[str, str, bytes | None]


@dataclass(frozen=True)
class Row:
    """What one kind of question took, in milliseconds."""

    workspace: str
    question: str
    n: int
    median: float
    p95: float
    most: float
    limit: float | None

    @property
    def passes(self) -> bool:
        """Whether it is within its limit."""
        return self.limit is None or self.p95 < self.limit


@dataclass(frozen=True)
class Names:
    """What to ask about."""

    names: list[str]
    drawn: list[str]
    measured: list[str]
    genes: list[str]


def names_of(home: Path) -> Names:
    """Read names, compounds and genes out of the store of a workspace."""
    with sqlite3.connect(f"file:{home / 'db' / 'vcpi.sqlite'}?mode=ro", uri=True) as store:
        names = [row[0] for row in store.execute("SELECT DISTINCT name FROM name WHERE kind IN ('name', 'synonym')")]
        drawn = [row[0] for row in store.execute("SELECT inchikey FROM compound WHERE inchikey IS NOT NULL")]
        measured = [
            row[0]
            for row in store.execute(
                """SELECT DISTINCT inchikey FROM compound JOIN signature USING (compound_id)
                   WHERE inchikey IS NOT NULL"""
            )
        ]
        genes = [row[0] for row in store.execute("SELECT gene_symbol FROM gene WHERE gene_symbol IS NOT NULL")]
    store.close()
    return Names(names, drawn, measured, genes)


def questions(about: Names, rng: random.Random) -> list[tuple[str, float | None, Callable[[], Request]]]:
    """List the kinds of question: name, limit, what draws one."""

    def get(path: str) -> Request:
        """Ask by link."""
        return "GET", path, None

    def typed() -> Request:
        """Type the beginning of a name, at times wrongly."""
        name = rng.choice(about.names)[: rng.randint(2, 8)]
        if rng.random() < TYPING_ERROR and len(name) > 3:  # noqa: PLR2004
            name = name[0] + name[2] + name[1] + name[3:]
        return get(f"/api/v1/suggest?text={quote(name)}")

    def lists() -> Request:
        """Ask with two lists of genes."""
        genes = rng.sample(about.genes, 100)
        return "POST", "/api/v1/query", json.dumps({"up": genes[:50], "down": genes[50:]}).encode()

    def of(path: str, keys: list[str]) -> Callable[[], Request]:
        """Ask about any compound of a kind."""
        return lambda: get(path + quote(rng.choice(keys)))

    return [
        ("suggest", 30, typed),
        ("analogs", 50, of("/api/v1/analogs?name=", about.drawn)),
        ("like", 150, of("/api/v1/like?name=", about.measured)),
        ("query of two lists", 300, lists),
        ("page: start", None, lambda: get("/")),
        ("page: like", None, of("/like?name=", about.measured)),
        ("page: analogs", None, of("/analogs?name=", about.drawn)),
        ("page: compound", None, of("/compound?name=", about.measured)),
        ("page: explain", None, lambda: get("/explain?query={}&hit={}".format(*rng.sample(about.measured, 2)))),
        ("drawing", None, of("/drawing.svg?name=", about.drawn)),
    ]  # fmt: skip


def time_of(line: http.client.HTTPConnection, request: Request) -> float:
    """Ask and read the whole answer; return milliseconds."""
    method, path, body = request
    headers = {"Content-Type": "application/json"} if body else {}
    start = time.perf_counter()
    line.request(method, path, body, headers)
    answer = line.getresponse()
    text = answer.read()
    taken = (time.perf_counter() - start) * 1e3
    if answer.status != OK:
        raise SystemExit(f"{method} {path}: {answer.status} {text[:300]!r}")
    return taken


def measure(home: Path, *, n: int, seed: int) -> list[Row]:
    """Ask one workspace everything."""
    about, rng = names_of(home), random.Random(seed)  # noqa: S311  nothing secret
    rows = []
    with served(home) as address:
        line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
        for question, limit, drawn in questions(about, rng):
            for _ in range(WARM):
                time_of(line, drawn())
            times = n if limit is not None else max(1, n // 10)
            taken = np.array([time_of(line, drawn()) for _ in range(times)])
            row = Row(
                f"{home.name} ({len(about.drawn):,} compounds)", question, times, float(np.median(taken)),
                float(np.percentile(taken, 95)), float(taken.max()), limit,
            )  # fmt: skip
            print(_line(row), file=sys.stderr, flush=True)
            rows.append(row)
        line.close()
    return rows


def _line(row: Row) -> str:
    """Write one row of the table."""
    limit = "" if row.limit is None else f"< {row.limit:g}{'' if row.passes else '  MISSED'}"
    return f"{row.workspace:34} {row.question:20} {row.n:5} {row.median:9.1f} {row.p95:9.1f} {row.most:9.1f}  {limit}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspaces", nargs="+", type=Path)
    parser.add_argument("-n", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    given = parser.parse_args()
    rows = [row for home in given.workspaces for row in measure(home, n=given.n, seed=given.seed)]
    if given.format == "json":
        print(json.dumps({"cores": os.cpu_count(), "rows": [asdict(row) for row in rows]}, indent=2))
    else:
        print(f"{'workspace':34} {'question':20} {'n':>5} {'median ms':>9} {'p95 ms':>9} {'most ms':>9}  limit")
        print("\n".join(_line(row) for row in rows))
    sys.exit(not all(row.passes for row in rows))


if __name__ == "__main__":
    main()
