"""What is declared agrees with itself: versions, extras, pins, scripts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import vcpi

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PIN = re.compile(r"([a-z0-9][a-z0-9-]*)==([0-9][0-9a-z.]*)(?:; (python_version (?:<|>=|==) \"3\.1[0-9]\"))?")
PYTHONS = ("3.11", "3.12", "3.13")


def pins(python: str) -> list[tuple[str, Version]]:
    """Name and version of each constraint that holds for one Python."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    matches = [PIN.fullmatch(line) for line in lines if not line.startswith("#")]
    return [(m[1], Version(m[2])) for m in matches if not m[3] or Marker(m[3]).evaluate({"python_version": python})]


def test_constraints_hold_pins_alone():
    lines = [x for x in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not x.startswith("#")]
    assert len(lines) > 20
    assert [line for line in lines if not PIN.fullmatch(line)] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_each_dependency_is_pinned_once_within_its_bounds(python):
    pinned = pins(python)
    versions = dict(pinned)
    assert len(versions) == len(pinned)
    extras = [x for name in ("test", "lint") for x in PROJECT["optional-dependencies"][name]]
    for requirement in map(Requirement, PROJECT["dependencies"] + extras):
        name = canonicalize_name(requirement.name)
        assert name in versions, f"{name} has no pin for Python {python}"
        assert requirement.specifier.contains(versions[name]), f"{name} {versions[name]} is outside its bounds"


def test_lowest_versions_are_the_bounds():
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    lowest = {m[1]: Version(m[2]) for m in map(PIN.fullmatch, lines[1:]) if m}
    assert len(lowest) == len(lines) - 1
    extras = [one for name in ("test", "milvus", "dask") for one in PROJECT["optional-dependencies"][name]]
    for requirement in map(Requirement, PROJECT["dependencies"] + extras):
        bound = next(Version(s.version) for s in requirement.specifier if s.operator == ">=")
        found = lowest[canonicalize_name(requirement.name)]
        assert found.release[:2] == (*bound.release, 0)[:2], f"{requirement.name} {found} is not the lowest"


def test_pythons_agree():
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    named = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if c.startswith("Programming Language")]
    assert named == list(PYTHONS)


def test_version_is_the_same_everywhere():
    assert metadata.version("vcpi-search") == vcpi.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+(?:[a-z]+\d+)?", vcpi.__version__)


def test_data_client_is_no_dependency():
    declared = [*PROJECT["dependencies"], *(x for extra in PROJECT["optional-dependencies"].values() for x in extra)]
    assert PROJECT["name"] == "vcpi-search"
    assert "vcpi" not in {canonicalize_name(Requirement(x).name) for x in declared}


@pytest.mark.parametrize("name", ["demo", "test", "check", "lint", "lib.sh"])
def test_scripts_are_posix_sh(name):
    shell = shutil.which("dash") or shutil.which("sh")
    done = subprocess.run([shell, "-n", ROOT / "scripts" / name], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert name == "lib.sh" or os.access(ROOT / "scripts" / name, os.X_OK)


def checkout(folder: Path) -> Path:
    """A copy of what scripts/demo reads, in a folder with a space in its name."""
    root = folder / "a check out"
    (root / "vcpi").mkdir(parents=True)
    shutil.copytree(ROOT / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "constraints.txt", "vcpi/version.py"):
        shutil.copy(ROOT / name, root / name)
    return root


def run_demo(root: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run scripts/demo with nothing on PATH but the tools that a bare system has, from another folder."""
    tools = root.parent / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("sh", "cat", "cksum", "dirname", "ls", "mkdir", "rm", "tail"):
        if not (tools / name).exists():
            (tools / name).symlink_to(shutil.which(name))
    return subprocess.run(
        [tools / "sh", root / "scripts" / "demo"],
        cwd=root.parent, env={"PATH": str(tools), **env}, check=False, capture_output=True, text=True,
    )  # fmt: skip


def write_program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_scripts_say_when_there_is_no_python(tmp_path):
    done = run_demo(checkout(tmp_path))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("vcpi: no Python 3.11, 3.12 or 3.13 found; install one")


def test_scripts_say_when_the_named_python_is_unfit(tmp_path):
    old = write_program(tmp_path / "python3.9", "exit 1")
    done = run_demo(checkout(tmp_path), PYTHON=str(old))
    assert done.returncode == 1
    assert f"PYTHON={old} is not Python 3.11, 3.12 or 3.13" in done.stderr


def test_scripts_say_when_python_lacks_venv(tmp_path):
    bare = write_program(tmp_path / "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    done = run_demo(checkout(tmp_path), PYTHON=str(bare))
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_scripts_install_once(tmp_path):
    root = checkout(tmp_path)
    # A stand-in for Python: `-m venv DIR` copies it there, `-m pip install` writes down that it was called.
    fake = write_program(
        tmp_path / "fake python",
        f'case "$2 $3" in\n'
        f'"venv "*) mkdir -p "$3/bin" && cat "$0" >"$3/bin/python" && chmod +x "$3/bin/python" ;;\n'
        f"\"pip install\") printf '%s\\n' \"$*\" >>'{tmp_path}/calls'\n"
        f'  printf \'#!/bin/sh\\necho "ran $*"\\n\' >"${{0%/*}}/vcpi"; chmod +x "${{0%/*}}/vcpi" ;;\n'
        f"esac",
    )
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "chmod").symlink_to(shutil.which("chmod"))
    calls = tmp_path / "calls"

    first = run_demo(root, PYTHON=str(fake))
    assert (first.returncode, first.stdout) == (0, "ran demo\n"), first.stderr
    assert calls.read_text() == f"-m pip install -c {root}/constraints.txt -e {root}[plot,web]\n"

    assert "installing" not in run_demo(root, PYTHON=str(fake)).stderr  # nothing changed
    assert calls.read_text().count("\n") == 1

    with (root / "constraints.txt").open("a") as constraints:
        constraints.write("# changed\n")
    assert "installing" in run_demo(root, PYTHON=str(fake)).stderr
    assert calls.read_text().count("\n") == 2


def test_scripts_leave_a_strange_folder_alone(tmp_path):
    root = checkout(tmp_path)
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("all of it")
    done = run_demo(root, VCPI_VENV="precious")
    assert done.returncode == 1
    assert "is not an environment with Python 3.11 to 3.13" in done.stderr
    assert [path.name for path in (tmp_path / "precious").iterdir()] == ["thesis.txt"]
