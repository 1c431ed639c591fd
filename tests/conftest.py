"""What every test may ask for."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data sets beside the checkout; a user does not have it, so its tests skip."""
    folder = Path(os.environ.get("VCPI_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real data sets are not on this machine; VCPI_TEST_DATA names their folder")
    return folder


@dataclass(frozen=True)
class Said:
    """What a command said: its exit status, stdout and stderr."""

    status: int
    out: str
    err: str


@pytest.fixture
def vcpi_command(monkeypatch, capsys):
    """Run the command line in this process: ``vcpi_command(home, "like", "everolimus")``."""
    from vcpi.cli.app import main

    def run(home: Path, *words: str) -> Said:
        monkeypatch.delenv("VCPI_HOME", raising=False)
        monkeypatch.setattr(sys, "argv", ["vcpi", "--home", str(home), *map(str, words)])
        capsys.readouterr()
        status = main()
        said = capsys.readouterr()
        return Said(status, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory) -> Path:
    """Workspace of the demonstration, for reading only."""
    from vcpi.demo.run import make_demo

    home = tmp_path_factory.mktemp("demo")
    make_demo(home)
    return home


@pytest.fixture
def demo(demo_home):
    """The demonstration, opened."""
    from vcpi.database import Database

    with Database(demo_home) as database:
        yield database
