"""Long rows of rows in a few stretches, a thread for each: for loops in C, which let other threads run."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

MOST_THREADS = 4
STEP = 1024  # rows; stretches begin at multiples of it
LEAST = 1_000_000  # values that one thread looks at before another would start


def in_stretches(work: Callable[[int, int], None], n_rows: int, *, cost: int, threads: int | None = None) -> None:
    """Call ``work`` with the first and last row of each stretch.

    Parameters
    ----------
    work
        Takes a first row and the one behind the last.
    n_rows
        How many rows there are.
    cost
        Values that are looked at in a row; one thread does where a million or fewer are in all.
    threads
        How many at once; up to four of the cores where None.

    Examples
    --------
    >>> seen = []
    >>> in_stretches(lambda first, last: seen.append((first, last)), 3000, cost=1, threads=2)
    >>> seen
    [(0, 3000)]
    """
    most = min(os.cpu_count() or 1, MOST_THREADS) if threads is None else threads
    n = max(1, min(most, n_rows // STEP)) if n_rows * cost > LEAST else 1
    ends = [n_rows * part // n // STEP * STEP for part in range(n)] + [n_rows]
    if n == 1:
        work(0, n_rows)
        return
    with ThreadPoolExecutor(n - 1) as pool:
        others = [pool.submit(work, first, last) for first, last in itertools.pairwise(ends[1:])]
        work(ends[0], ends[1])  # here: one thread less to start
        for other in others:
            other.result()
