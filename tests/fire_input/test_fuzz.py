"""The short form of scripts/fuzz.py: no input brings anything but an answer or one line that refuses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def run(*words):
    return subprocess.run(
        [sys.executable, str(SCRIPTS / "fuzz.py"), *words], capture_output=True, text=True, check=False
    )


def test_a_few_inputs_for_every_reader_make_no_violation():
    found = run("--n", "260", "--seed", "8", "--workers", "1")
    assert found.stdout.splitlines()[-1] == "260 inputs, 0 violations (seed 8, 60 s each)", found.stdout
    assert found.returncode == 0
    told = [line.split() for line in found.stdout.splitlines()[1:-1]]
    assert len(told) == 26
    assert all(int(row[-7]) == int(row[-6]) + int(row[-5]) == 10 for row in told)
    assert sum(int(row[-3]) for row in told) > 0  # rows are rejected, so that the inputs are no mere noise


@pytest.mark.shared
def test_the_hard_structures_have_a_result_or_a_reason(shared_data):
    sys.path.insert(0, str(SCRIPTS))
    try:
        from fuzz_seeds import identity_texts, standardize_all
    finally:
        sys.path.remove(str(SCRIPTS))
    texts = identity_texts(shared_data / "chem_identity_cases")[:1500]
    used, rejected, other = standardize_all(texts)
    assert (used + rejected, other) == (len(texts), 0)
