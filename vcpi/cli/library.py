"""How answers about a whole dataset are written, for every verb that gives one."""

from pathlib import Path
from typing import Any

from vcpi.answers import LibraryAnswer
from vcpi.cli import render
from vcpi.cli.options import Format


def write(
    answer: LibraryAnswer,
    *,
    headline: str,
    columns: dict[str, str],
    rows: list[dict[str, Any]] | None = None,
    footer: str = "",
    meanings: dict[str, str] | None = None,
    bounds: tuple[str, str] = ("p_noise", "q_noise"),
    output_format: Format | None,
    output: Path | None,
) -> None:
    """Write an answer: the table (of some rows, where given) with headline and caveats, or whole for programs.

    ``meanings`` tells columns that are not plain, ``bounds`` which figure is a bound where which p is the smallest.
    """
    output_format = render.chosen(output_format, output)
    value = answer.to_dict()
    if output_format is Format.table:
        least = answer.method.get("p_least")
        hits = [
            {**row, bounds[1]: render.bounded(row, least, p=bounds[0], shown=bounds[1])} if bounds[1] in row else row
            for row in (value["hits"] if rows is None else rows)
        ]
        render.write(_text({**value, "hits": hits}, headline, columns, footer, meanings or {}), output)
        return
    text = render.rows(value["hits"], output_format=output_format, columns=_fields(answer), value=value)
    render.write(text, output)
    if output_format is not Format.json:
        for caveat in answer.caveats:
            render.remark(f"note: {caveat}")


def _fields(answer: LibraryAnswer) -> dict[str, str]:
    """Name the columns of an answer without rows."""
    return {str(name): str(name) for name in answer.hits.columns}


def _text(value: dict[str, Any], headline: str, columns: dict[str, str], footer: str, meanings: dict[str, str]) -> str:
    """Write an answer for reading, without columns in which no row has anything to say."""
    hits = [{**hit, "flags": ", ".join(hit.get("flags", []))} for hit in value["hits"]]
    shown = {name: label for name, label in columns.items() if any(hit.get(name) not in (None, "", []) for hit in hits)}
    parts = [headline, render.table(hits, shown) if hits else "none"]
    parts += [footer] if footer else []
    parts += render.legend(shown, meanings)
    return "\n".join([*parts, *(f"note: {caveat}" for caveat in value["caveats"])])
