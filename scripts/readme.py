"""Run the commands that README.md shows, in a demonstration workspace, for cog to write and to check."""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import cog

ROOT = Path(__file__).parents[1]
_WORKSPACE: list[Path] = []
MEANINGS = {
    "sequenced_id": "the well's column in the counts",
    "job_id": "the run",
    "source_compound_id": "the compound, as the chemistry table names it; `DMSO` is vehicle",
    "compound_uuid": "the compound, as a UUID (also in a column `compound`)",
    "name": "the compound, by name",
    "dose": "dose",
    "dose_unit": "its unit; without this column doses are not known",
    "vehicle_percent": "share of DMSO",
    "cell_line": "cell line",
    "time": "time of treatment (`24h`)",
    "is_control": "whether it is a control",
    "sample_type": "kind of well",
    "plate": "plate",
    "plate_row": "row on the plate (1 or A)",
    "plate_column": "column on the plate",
    "is_edge": "whether it lies at the edge",
}


def workspace() -> Path:
    """Make the demonstration workspace once, in a temporary folder."""
    if not _WORKSPACE:
        folder = Path(tempfile.mkdtemp(prefix="readme-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _WORKSPACE.append(folder)
    return _WORKSPACE[0]


def run(command: str, *, status: int = 0, lines: int | None = None) -> None:
    """Print a command and what it prints, as a code block.

    Parameters
    ----------
    command
        As a user types it.
    status
        The exit status that it must have.
    lines
        How many lines of the output to show; all where None.
    """
    words = shlex.split(command)
    if words[0] == "vcpi":
        words[:1] = [sys.executable, "-m", "vcpi"]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("VCPI_HOME", None)
    done = subprocess.run(
        words, cwd=workspace(), env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode != status:
        message = f"{command} ended with {done.returncode}, not {status}: {done.stderr}"
        raise RuntimeError(message)
    shown = (done.stdout + done.stderr).rstrip().splitlines()
    if lines is not None and len(shown) > lines:
        shown = [*shown[:lines], "..."]
    for line in ("```text", f"$ {command}", *(line.rstrip() for line in shown), "```"):
        cog.outl(line)


def python(code: str) -> None:
    """Print a piece of Python and what it prints, as two code blocks."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace(),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    for line in ("```python", code.strip(), "```", "```text", done.stdout.rstrip(), "```"):
        cog.outl(line)


def dependencies(reasons: dict[str, str]) -> None:
    """Print the table of dependencies; each of pyproject.toml needs its reason."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    cog.outl("| library | why it is there |")
    cog.outl("| --- | --- |")
    for requirement in project["dependencies"]:
        name = requirement.split(">")[0].split("=")[0].strip()
        cog.outl(f"| {requirement} | {reasons.pop(name)} |")
    if reasons:
        message = f"no such dependency: {', '.join(reasons)}"
        raise RuntimeError(message)


def metadata_columns() -> None:
    """Write the names under which columns of a release's metadata are known."""
    from vcpi.ingest.columns import SAMPLE_FIELDS

    cog.outl("| what | columns known |")
    cog.outl("| --- | --- |")
    for field, names in SAMPLE_FIELDS.items():
        cog.outl(f"| {MEANINGS[field]} | {', '.join(f'`{name}`' for name in names)} |")


def picture(name: str, file: str) -> None:
    """Draw the axes of a compound of the demonstration into a file of the project, and show it."""
    from vcpi.database import Database
    from vcpi.report.plots import bars
    from vcpi.report.profile_sections import panel_rows

    with Database(workspace()) as database:
        rows = [row for row in database.profile(name).to_dict()["axes"] if not row["variant_of"]]
    title = f"Axes of {name}, from SIMULATED counts: z, over the band that noise gives"
    svg = bars(panel_rows(rows), title=title, x_label="z (grey: noise, 95 %); filled: q < 0.05; SIMULATED counts")
    path = ROOT / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(svg.replace("<svg ", '<svg style="background:#fff" ', 1) + "\n", encoding="utf-8")
    cog.outl(f"![{title}]({file})")
