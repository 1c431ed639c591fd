"""SD files, record by record: title, mol block and data fields as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vcpi.ingest.files import text_lines

_FIELD = re.compile(r">.*?<([^>]*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class SdRecord:
    """One record of an SD file. ``molblock`` is None where its end mark is missing; ``row`` is its first line."""

    row: int
    title: str
    molblock: str | None
    data: Mapping[str, str]


def sd_records(path: Path) -> Iterator[SdRecord]:
    """Part an SD file, plain or gzip, at its ``$$$$`` lines.

    Raises
    ------
    DataError
        The file cannot be read, is binary or is not UTF-8.
    """
    start, lines = 1, list[str]()
    for number, line in enumerate(text_lines(path), start=1):
        if line.startswith("$$$$"):
            yield _record(start, lines)
            start, lines = number + 1, []
        else:
            lines.append(line.rstrip("\r\n"))
    if any(line.strip() for line in lines):
        yield _record(start, lines)


def _record(row: int, lines: list[str]) -> SdRecord:
    """Part one record into mol block and data."""
    end = next((place for place, line in enumerate(lines) if line.startswith("M  END")), None)
    return SdRecord(
        row=row,
        title=lines[0].strip() if lines else "",
        molblock=None if end is None else "\n".join(lines[: end + 1]) + "\n",
        data=_data(lines[end + 1 :] if end is not None else []),
    )


def _data(lines: list[str]) -> dict[str, str]:
    """Read the data fields behind a mol block; a blank line ends each value."""
    data: dict[str, str] = {}
    name: str | None = None
    for line in lines:
        found = _FIELD.match(line) if line.startswith(">") else None
        if found:
            name = found[1].strip()
            data[name] = ""
        elif not line.strip():
            name = None
        elif name is not None:
            data[name] = f"{data[name]}|{line.strip()}" if data[name] else line.strip()
    return data
