"""SD files, record by record: title, mol block and data fields as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vcpi.ingest.files import text_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class SdRecord:
    """One record of an SD file. ``row`` is its first line; ``molblock`` is None where ``fault`` says what is wrong."""

    row: int
    title: str
    molblock: str | None
    data: Mapping[str, str]
    fault: str | None = None


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
    ends = [place for place, line in enumerate(lines) if line.startswith("M  END")]
    if len(ends) != 1:
        lacking = f"record has {len(ends)} 'M  END' lines; expected one, and a '$$$$' line behind each record"
        fault = lacking if ends else "record has no 'M  END' line"
        return SdRecord(row=row, title=lines[0].strip() if lines else "", molblock=None, data={}, fault=fault)
    end = ends[0]
    return SdRecord(
        row=row,
        title=lines[0].strip() if lines else "",
        molblock="\n".join(lines[: end + 1]) + "\n",
        data=_data(lines[end + 1 :]),
    )


def _data(lines: list[str]) -> dict[str, str]:
    """Read the data fields behind a mol block; a blank line ends each value."""
    data: dict[str, list[str]] = {}
    values: list[str] | None = None
    for line in lines:
        start = line.find("<") if line.startswith(">") else -1
        end = line.find(">", start) if start > 0 else -1
        if end > 0:
            values = data[line[start + 1 : end].strip()] = []
        elif not line.strip():
            values = None
        elif values is not None:
            values.append(line.strip())
    return {name: "|".join(parts) for name, parts in data.items()}
