"""The short forms of the sweeps: a killed, failing, damaged or busy workspace keeps its content and its answers.

The judges are SQLite's own dump of the store, digests of files, and the answers of runs that nothing disturbed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "torture.py"


def swept(*words):
    """Run a sweep and return its counts; it ends with 1 on any violation."""
    done = subprocess.run([sys.executable, str(SCRIPT), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    counts = json.loads(done.stdout.strip().splitlines()[-1])
    if "skipped" in counts:
        pytest.skip(counts["skipped"])
    assert counts["violations"] == 0
    return counts


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="write calls are counted by LD_PRELOAD")
def test_a_command_killed_anywhere_leaves_the_old_or_the_new_content():
    counts = swept("kill", "--n", "15")
    assert counts["points"] == 15
    assert counts["old content"] + counts["new content"] == 15
    assert counts["killed at a write call"] >= 8
    assert counts["run again"] >= 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="write calls are made to fail by LD_PRELOAD")
def test_a_failing_write_is_told_in_one_line_and_changes_nothing():
    counts = swept("fault", "--n", "15")
    assert counts["points"] == 15
    assert counts["ENOSPC: status 1"] + counts["EIO: status 1"] >= 5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of memory, and a clock by LD_PRELOAD")
def test_little_memory_a_slow_disk_and_a_clock_that_jumps_change_no_content():
    counts = swept("hard", "--n", "10")
    assert counts["little memory: points"] == 10
    assert counts["little memory: refused"] + counts["little memory: answered"] >= 8
    assert counts["slow disk: answers beside it"] >= 1
    assert counts["clock jumps: commands"] == 3


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_a_changed_byte_is_found_and_never_answered_from():
    counts = swept("corrupt", "--n", "60")
    assert counts["detected, refused"] == 60
    assert counts["truncations"] == 6


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_readers_beside_a_writer_get_whole_versions():
    counts = swept("load", "--short", "--n", "20")
    assert (counts["queries"], counts["republications"]) == (40, 3)


def test_equal_files_give_equal_workspaces_with_one_thread_and_two():
    assert swept("determinism")["comparisons"] == 8


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork and the users of Linux")
def test_a_disk_that_cannot_be_written_and_a_second_writer_are_told_in_one_line():
    assert swept("full")["second writer: refused"] == 1
