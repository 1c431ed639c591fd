"""What was measured beyond one process, kept in ``docs/scale.json``, and the plan that rests on it.

``bench_engines.py`` and ``bench_dask.py`` write figures there with ``--save``; ``cog -r README.md docs/scale.md`` makes the
tables of both files from them. Put another machine's figures there, and the plan is that machine's.
"""

from __future__ import annotations

import json
import math
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).parents[1] / "docs" / "scale.json"
N_GENES = 978
BESIDE = 64  # bytes of a row beside its vector: id, scalars, deletion marks
MACHINE_BYTES, MACHINE_CORES = 32e9, 8
USABLE = 0.7  # of the memory, for rows
MACHINE_HOUR = 0.40  # US dollars, an assumption; put your own


@dataclass(frozen=True)
class Rates:
    """What the plan rests on.

    Attributes
    ----------
    push_fingerprints_s, push_signatures_s
        Rows a second that one client sends, reads back and digests.
    scan_bytes_s, scan_floats_s
        Bytes a second that a core looks through.
    standardize_s
        Structures a second of a core, from SMILES to the store.
    """

    push_fingerprints_s: float
    push_signatures_s: float
    scan_bytes_s: float
    scan_floats_s: float
    standardize_s: float


def machine() -> dict[str, Any]:
    """Name the machine and the versions."""
    found = {"vcpi": None, "pymilvus": None, "distributed": None, "rdkit": None, "numpy": None}
    for name in found:
        try:
            found[name] = version("vcpi-search" if name == "vcpi" else name)
        except PackageNotFoundError:
            continue
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), cpu)
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(gigabytes),
        "python": platform.python_version(),
        "versions": {name: one for name, one in found.items() if one is not None},
        "day": f"{datetime.now(tz=UTC):%Y-%m-%d}",
    }


def cpu_s(pid: int) -> float:
    """Sum the processor seconds of a process, of those that it started, and of those of them that ended (Linux)."""
    tree, ticks = {pid}, 0
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda one: int(one.name)):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has ended
        if int(folder.name) in tree or int(fields[1]) in tree:
            tree.add(int(folder.name))
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def save(path: Path, key: str, command: str, figures: list[dict[str, Any]], **more: Any) -> None:  # noqa: ANN401
    """Put figures into the file, with their command and machine."""
    held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    held[key] = {"command": command, "machine": machine(), **more, "figures": figures}
    path.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")


def load(path: Path = FIGURES) -> dict[str, Any]:
    """Read the figures."""
    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return held


def rates(held: dict[str, Any]) -> Rates:
    """Take the rates of the exact indexes and of the serial build."""
    exact = {one["rows"]: one for one in held["engines"]["figures"] if one["exact"]}
    bits, floats = exact["fingerprints"], exact["signatures"]
    serial = next(one for one in held["dask"]["figures"] if one["what"] == "compounds" and one["how"] == "serial")
    return Rates(
        push_fingerprints_s=bits["n"] / bits["push_s"],
        push_signatures_s=floats["n"] / floats["push_s"],
        scan_bytes_s=bits["n"] * 256 / (bits["server_cpu_ms"] / 1e3),
        scan_floats_s=floats["n"] * 4 * N_GENES / (floats["server_cpu_ms"] / 1e3),
        standardize_s=serial["n"] / serial["cpu_s"],
    )


def plan(given: Rates) -> list[dict[str, Any]]:
    """Compute bytes, machines, time and cost of libraries that one machine does not hold."""
    rows = []
    for kind, sizes in (("compounds", (7, 8, 9)), ("signatures", (6, 7))):
        is_bits = kind == "compounds"
        each = 256 if is_bits else 4 * N_GENES
        scan = given.scan_bytes_s if is_bits else given.scan_floats_s
        speed = given.push_fingerprints_s if is_bits else given.push_signatures_s
        for power in sizes:
            n = 10**power
            n_bytes = n * (each + BESIDE)
            machines = max(1, math.ceil(n_bytes / (MACHINE_BYTES * USABLE)))
            cores = machines * MACHINE_CORES
            rows.append(
                {
                    "rows": f"10^{power} {kind}",
                    "GB": round(n_bytes / 1e9, 1),
                    "machines": machines,
                    "exact query s": n * each / (scan * cores),
                    "push h": n / speed / machines / 3600,
                    "standardize h": n / given.standardize_s / cores / 3600 if is_bits else None,
                    "US$ a day": round(24 * machines * MACHINE_HOUR, 1),
                }
            )
    return rows


def table(records: list[dict[str, Any]]) -> str:
    """Write a Markdown table."""
    columns = list(dict.fromkeys(name for one in records for name in one))
    lines = [f"| {' | '.join(columns)} |", f"| {' | '.join('---' for _ in columns)} |"]
    lines += [f"| {' | '.join(_text(one.get(name)) for name in columns)} |" for one in records]
    return "\n".join(lines)


def plan_table() -> str:
    """Write the plan."""
    return table(plan(rates(load())))


def rates_said() -> str:
    """Write the rates that the plan rests on."""
    held = load()
    found = rates(held)
    return (
        f"A client pushes {found.push_fingerprints_s:,.0f} fingerprints or {found.push_signatures_s:,.0f} signatures a "
        f"second (sent, read back, digested); a core of the server looks through {found.scan_bytes_s / 1e9:.2f} GB of "
        f"fingerprints or {found.scan_floats_s / 1e9:.2f} GB of signatures a second; a core builds "
        f"{found.standardize_s:,.0f} structures a second into the store. A machine has {MACHINE_BYTES / 1e9:.0f} GB, of "
        f"which {USABLE:.0%} hold rows, {MACHINE_CORES} cores, and is assumed to cost US$ {MACHINE_HOUR:.2f} an hour."
    )


def measured(key: str) -> str:
    """Write the command, the machine and the table of what was measured."""
    held = load()[key]
    box = held["machine"]
    versions = ", ".join(f"{name} {one}" for name, one in box["versions"].items())
    said = [
        f"`{held['command']}`", "",
        f"On {box['cores']} cores of {box['cpu']}, {box['memory_gb']} GB, Python {box['python']}, {versions}"
        + (f", {held['server']}" if held.get("server") else "") + f", {box['day']}.", "",
        table([{_NAMES.get(name, name): value for name, value in one.items() if name in _NAMES}
               for one in held["figures"]]),
    ]  # fmt: skip
    return "\n".join(said)


_NAMES = {
    "rows": "rows", "n": "n", "index": "index", "push_s": "push s", "push_client_cpu_s": "client CPU s",
    "embedded_build_s": "embedded build s", "query_ms": "query ms", "server_cpu_ms": "server CPU ms",
    "embedded_ms": "embedded query ms", "recall": "recall@10", "differing": "answers that differ",
    "what": "what", "how": "how", "seconds": "seconds", "cpu_s": "CPU s", "digest": "digest",
}  # fmt: skip


def _text(value: Any) -> str:  # noqa: ANN401
    """Write a number with what digits mean, or a text."""
    if value is None:
        return "-"
    if isinstance(value, float):
        if value >= 100:  # noqa: PLR2004
            return f"{value:,.0f}"
        return f"{value:.4g}" if value >= 1 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
