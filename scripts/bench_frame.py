"""What the parts of the benchmark share: settings, figures, taking turns, and what they ran on."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import numpy as np

from vcpi import kernels

FIGURES = Path(__file__).parents[1] / "docs" / "speed.json"
PACKAGES = ("vcpi-search", "numpy", "rdkit", "faiss-cpu", "pandas", "pyarrow", "FPSim2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to measure: sizes small or real, which molecules, where to keep what takes long to make."""

    quick: bool
    library: tuple[Path, ...]
    cache: Path
    workspace: Path | None = None
    ten_million: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One result: ``gate`` is what it must reach, ``aim`` what is hoped for; a time is met from below."""

    key: str
    value: float | dict[str, float] | None
    unit: str = ""
    gate: float | None = None
    aim: float | None = None
    note: str = ""

    def __str__(self) -> str:
        return f"{self.key}: {_shown(self.value)} {self.unit} {self.note}".strip()


def take_turns(calls: dict[str, Callable[[object], object]], queries: Iterable[object]) -> dict[str, np.ndarray]:
    """Ask each query of one after the other, all in turn; returns the seconds of each, in the order of the queries."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for query in queries:
        for name, call in calls.items():
            start = time.perf_counter()
            call(query)
            seconds[name].append(time.perf_counter() - start)
    return {name: np.array(values) for name, values in seconds.items()}


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Give the exponent with which time grows with size: 1 is in proportion."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def machine() -> str:
    """Describe the processor, the cores and the memory."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
        wide = next((line for line in lines if line.startswith("flags")), "")
        model += " with AVX-512" if "avx512f" in wide else " with AVX2" if "avx2" in wide else ""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else 0
    return f"{os.cpu_count()} x {model}, {memory:.0f} GiB, Python {platform.python_version()}"


def versions() -> dict[str, str]:
    """Give the version of each package that was there."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    found["C library"] = "used" if kernels.native() is not None and kernels.level() is not None else "absent"
    return found


def table(figures: Sequence[Figure]) -> str:
    """Write the figures as the README shows them."""
    rows = ["| figure | measured | at least | aim | |", "| --- | --- | --- | --- | --- |"]
    for one in figures:
        gate, aim = (_shown(value) if value is not None else "" for value in (one.gate, one.aim))
        rows.append(f"| {one.key} | {_shown(one.value)} {one.unit} | {gate} | {aim} | {one.note} |")
    return "\n".join(rows)


def save(figures: Sequence[Figure]) -> None:
    """Keep figures with what they were measured on; those of other keys stay."""
    kept = json.loads(FIGURES.read_text(encoding="utf-8"))["figures"] if FIGURES.is_file() else {}
    kept |= {one.key: asdict(one) for one in figures if one.value is not None}
    about = {"machine": machine(), "versions": versions(), "day": f"{datetime.now(tz=UTC):%Y-%m-%d}"}
    text = json.dumps({**about, "figures": dict(sorted(kept.items()))}, indent=1)
    FIGURES.write_text(text + "\n", encoding="utf-8")


def saved(*, whole: bool = False) -> str:
    """Write the figures that were kept, for the README those that must reach something."""
    held = json.loads(FIGURES.read_text(encoding="utf-8"))
    told = ", ".join(f"{name} {version}" for name, version in held["versions"].items())
    figures = [Figure(**one) for one in held["figures"].values()]
    shown = table([one for one in figures if whole or one.gate])
    return f"{shown}\n\nOn {held['machine']}; {told}; {held['day']}."


def _shown(value: float | dict[str, float] | None) -> str:
    """Round a value to what can be read."""
    if value is None:
        return "not measured"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(one)}" for name, one in value.items())
    return f"{value:.3g}" if abs(value) < 1_000 else f"{value:,.0f}"  # noqa: PLR2004 - three digits
