"""Measure what vcpi says of its speed, beside the tools that others would use, and check the answers in the same run.

    python scripts/bench.py [--quick] [--format table|json] [--only PART...] [--library FILE...] [--cache FOLDER]

Each part is a module ``bench_PART.py`` beside this one with a function ``run(settings)`` that yields figures. Two tools
are asked in turn, query by query, in one process and one thread. A peer that is not installed is left out and told.
``--library`` names files of SMILES (plain or gzipped, first column) to make large libraries of; without it the pieces of
the drugs that vcpi ships are put together anew. What takes long to make is kept in the cache folder.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from pathlib import Path

import bench_alone  # noqa: F401 - before NumPy
from bench_frame import Figure, Settings, machine, table, versions

PARTS = tuple(sorted(p.stem[6:] for p in Path(__file__).parent.glob("bench_*.py") if "def run(" in p.read_text()))


def main() -> None:
    """Run the parts and print what they found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes: a minute, and no figure of record")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--library", nargs="+", type=Path, default=[])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "vcpi-bench")
    parser.add_argument("--workspace", type=Path, help="a workspace of 14,000 compounds to ask, instead of making one")
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    settings = Settings(quick=given.quick, library=tuple(given.library), cache=given.cache, workspace=given.workspace)
    figures: list[Figure] = []
    for part in given.only:
        for figure in importlib.import_module(f"bench_{part}").run(settings):
            print(figure, file=sys.stderr, flush=True)
            figures.append(figure)
    if given.format == "json":
        body = {figure.key: figure.value for figure in figures}
        about = {"machine": machine(), "versions": versions(), "quick": given.quick}
        notes = {figure.key: figure.note for figure in figures if figure.note}
        print(json.dumps({**body, **about, "notes": notes}, indent=2))
    else:
        print(table(figures))
        print(f"\n{machine()}; {', '.join(f'{name} {version}' for name, version in versions().items())}")


if __name__ == "__main__":
    main()
