"""Measure what vcpi says of its speed, beside the tools that others would use, and check the answers in the same run.

    python scripts/bench.py [--quick] [--format table|json] [--only PART...] [--library FILE...] [--cache FOLDER]
        [--ten-million] [--save]

Each part is a module ``bench_PART.py`` beside this one with a function ``run(settings)`` that yields figures. Two tools
are asked in turn, query by query, in one process and one thread. A peer that is not installed is left out and told,
and so is a part that stopped: the others go on, the figure is empty with the reason, and the status is 1.
``--save`` puts the figures into ``docs/speed.json``, of which the README makes its table; those of other parts stay.
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
from bench_frame import Figure, Settings, machine, save, table, versions

KEYS = (
    "tanimoto_1m_vs_fpsim2", "tanimoto_1m_ms", "tanimoto_1m_vs_dense_limit", "cosine_1m_exact_vs_faiss_flat",
    "cosine_1m_fast_recall10", "cosine_1m_fast_vs_faiss_flat", "wtcs_14k_seconds", "wtcs_1m_seconds",
    "ingest_release_seconds", "ingest_release_peak_gb", "compounds_per_second", "cli_help_seconds",
    "cli_analogs_14k_seconds", "cli_like_14k_seconds", "like_14k_warm_ms", "query_14k_warm_ms", "reopen_14k_ms",
    "all_neighbours_14k_seconds", "neighbours_14k_seconds",
)  # fmt: skip
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
    parser.add_argument("--ten-million", action="store_true", help="search 10 million fingerprints too; needs 9 GB")
    parser.add_argument("--save", action="store_true", help="keep the figures for the README")
    given = parser.parse_args()
    if given.save and given.quick:
        parser.error("--save keeps figures of real sizes: not with --quick")
    given.cache.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        quick=given.quick, library=tuple(given.library), cache=given.cache, workspace=given.workspace,
        ten_million=given.ten_million,
    )  # fmt: skip
    figures: list[Figure] = []
    failed: dict[str, str] = {}
    for part in given.only:
        try:
            for figure in importlib.import_module(f"bench_{part}").run(settings):
                print(figure, file=sys.stderr, flush=True)
                figures.append(figure)
                if given.save:
                    save([figure])
        except Exception as error:  # noqa: BLE001  hours of other parts must not be lost, and what failed is told
            failed[part] = f"{type(error).__name__}: {error}"
            print(f"{part} stopped: {failed[part]}", file=sys.stderr, flush=True)
    why = (
        "; ".join(f"{part} stopped: {reason}" for part, reason in failed.items())
        or "not asked for, or no such peer here"
    )
    known = {figure.key for figure in figures}
    figures += [Figure(key=key, value=None, note=why) for key in KEYS if key not in known]
    if given.format == "json":
        body = {figure.key: figure.value for figure in figures}
        about = {"machine": machine(), "versions": versions(), "quick": given.quick}
        notes = {figure.key: figure.note for figure in figures if figure.note}
        print(json.dumps({**body, **about, "notes": notes}, indent=2))
    else:
        print(table(figures))
        print(f"\n{machine()}; {', '.join(f'{name} {version}' for name, version in versions().items())}")
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
