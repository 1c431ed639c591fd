"""Answers as a table for people, and as JSON, CSV or TSV for programs."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from vcpi.cells import exact
from vcpi.cli.options import Format
from vcpi.cli.outputs import refuse_workspace
from vcpi.errors import InputError, WorkspaceError
from vcpi.manifest import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_BOUND = re.compile(r"<\d")
_WIDEST = 48
PAGES = (".html", ".htm")
_OTHERS = frozenset({"html", "htm", "md", "pdf", "doc", "docx", "xls", "xlsx"})


def write(text: str, output: Path | None) -> None:
    """Write an answer to a file or to stdout."""
    if not text.endswith("\n"):
        text += "\n"
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    refuse_workspace(output)
    try:
        write_whole(output, text.encode())
    except OSError as error:
        message = f"Cannot write {output}: {error.strerror}; choose a file in a folder that can be written"
        raise WorkspaceError(message) from error
    sys.stderr.write(f"Wrote {output}\n")


def chosen(output_format: Format | None, output: Path | None) -> Format:
    """Return the format asked for, else that of the file's suffix, else a table."""
    if output_format is not None:
        return output_format
    suffix = "" if output is None else output.suffix.lstrip(".").lower()
    if suffix in _OTHERS:
        message = (
            f"{output} is to be a {suffix} file, which this verb does not write; expected .json, .csv, .tsv or .txt"
        )
        raise InputError(message)
    return Format(suffix) if suffix in ("json", "csv", "tsv") else Format.table


def remark(text: str) -> None:
    """Say something beside the answer, on stderr."""
    sys.stderr.write(f"{text}\n")


def rows(
    records: Sequence[Mapping[str, Any]],
    *,
    output_format: Format,
    columns: Mapping[str, str] | None = None,
    value: object | None = None,
) -> str:
    """Write records in a format.

    Parameters
    ----------
    records
        One mapping a row; CSV and TSV hold every field of it, whole and exact.
    columns
        For a table: which fields, in what order, under which headings; all where None.
    value
        What JSON shows; the records where None.
    """
    if output_format is Format.json:
        return as_json(records if value is None else value)
    if output_format is Format.table:
        return table(records, columns)
    fields = list(dict.fromkeys(field for record in records for field in record)) or list(columns or ())
    stream = io.StringIO()
    delimiter = "," if output_format is Format.csv else "\t"
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(fields)
    safe = output_format is Format.csv
    writer.writerows([exact(record.get(field), safe=safe) for field in fields] for record in records)
    return stream.getvalue()


def as_json(value: object) -> str:
    """Write JSON that any reader takes: no NaN, no infinity."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


def bounded(row: Mapping[str, Any], p_least: float | None, *, p: str = "p_noise", shown: str = "q_noise") -> object:
    """Give a figure of a row as a cell: with ``<`` where the p that it comes from is the smallest that there is.

    Examples
    --------
    >>> row = {"p_noise": 2.6e-06, "q_noise": 1.6e-05}
    >>> bounded(row, 2.6e-06), bounded(row, 1e-07), bounded(row, None)
    ('<2e-05', 1.6e-05, 1.6e-05)
    """
    least, value = row.get(p), row.get(shown)
    if p_least is None or least is None or not isinstance(value, float) or least > p_least * (1 + 1e-9):
        return value
    return f"<{_shown(value)}"


def legend(columns: Iterable[str], meanings: Mapping[str, str]) -> list[str]:
    """Write one line on the columns that are not plain, of those that a table shows; none where all are."""
    told = [meanings[name] for name in columns if name in meanings]
    return [f"columns: {'; '.join(told)}"] if told else []


def table(records: Sequence[Mapping[str, Any]], columns: Mapping[str, str] | None = None) -> str:
    """Align records for reading."""
    if not records:
        return "(no rows)"
    shown = columns or {field: field for field in records[0]}
    body = [[_shown(record.get(field)) for field in shown] for record in records]
    numeric = [all(_is_number(r.get(f)) for r in records) for f in shown]
    align = ["right" if is_number else "left" for is_number in numeric]
    return str(tabulate(body, headers=list(shown.values()), tablefmt="simple", colalign=align, disable_numparse=True))


def page_table(records: Sequence[Mapping[str, Any]], columns: Mapping[str, str] | None = None) -> str:
    """Write records as a table of an HTML page."""
    from vcpi.page import table as html_table

    shown = columns or {field: field for field in records[0]}
    rows = [[_shown(record.get(field)) for field in shown] for record in records]
    return html_table(list(shown.values()), rows)


def _is_number(value: object) -> bool:
    """Say whether a cell is a number, the bound of one, or nothing."""
    return value is None or isinstance(value, int | float) or (isinstance(value, str) and bool(_BOUND.match(value)))


def _shown(value: object) -> str:
    """Write one cell for reading."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if 0 < abs(value) < 0.001:  # noqa: PLR2004
            return f"{value:.0e}"
        return f"{value:.3f}" if abs(value) < 1_000 else f"{value:,.1f}"  # noqa: PLR2004
    if isinstance(value, list | tuple):
        value = ", ".join(str(part) for part in value)
    text = " ".join(str(value).split())
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
