"""A child that hangs or dies is ended, and costs one item."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from vcpi.errors import StructureParseError
from vcpi.structure import identity
from vcpi.structure.worker import Worker, WorkerStopped


def test_results_come_in_order():
    with Worker(abs) as worker:
        assert list(worker.run([-1, 2, -3], timeout_s=30)) == [1, 2, 3]
        assert list(worker.run([-4], timeout_s=30)) == [4]


def test_a_silent_child_is_ended_in_time_and_replaced():
    with Worker(time.sleep) as worker:
        results = worker.run([0, 60], timeout_s=0.3)
        assert next(results) is None
        started = time.monotonic()
        with pytest.raises(WorkerStopped, match="silent"):
            next(results)
        assert time.monotonic() - started < 10
        assert list(worker.run([0], timeout_s=30)) == [None]


def test_a_dead_child_is_noticed():
    with Worker(os._exit) as worker, pytest.raises(WorkerStopped, match="crashed"):
        list(worker.run([3], timeout_s=30))


def test_the_deadline_ends_the_whole_run():
    with Worker(time.sleep) as worker:
        list(worker.run([0], timeout_s=30))
        with pytest.raises(WorkerStopped, match="silent"):
            list(worker.run([0.2] * 50, deadline=time.monotonic() + 0.5))


@pytest.mark.parametrize(
    ("function", "items", "reason"), [(time.sleep, [0, 60, 0], "took longer"), (os._exit, [3], "crashed")]
)
def test_the_row_that_stops_a_child_gets_the_error(function, items, reason):
    with Worker(function) as worker:
        outcomes = identity.guarded(worker, items, 0.5)
    errors = [item for item in outcomes if isinstance(item, StructureParseError)]
    assert len(outcomes) == len(items)
    assert len(errors) == 1
    assert reason in str(errors[0])


def test_a_script_without_main_guard_may_use_children(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from vcpi.structure.identity import standardize_many\n"
        "print(sum(hasattr(s, 'inchikey') for s in standardize_many(['CCO'] * 450, workers=2)))\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path
    )
    assert (done.stdout.strip(), done.returncode) == ("450", 0), done.stderr
