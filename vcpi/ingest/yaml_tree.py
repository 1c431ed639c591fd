"""YAML (and JSON, which is YAML) as a tree that knows its lines: no tags, no aliases, bounded in size and depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from vcpi.errors import DataError
from vcpi.ingest.files import text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_CHARACTERS = 4_000_000
MAX_DEPTH = 20
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where PyYAML was built with libyaml
_NOTHING = frozenset(("", "~", "null", "Null", "NULL"))


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the line it stands in, counted from 1: a text, a list, a mapping, or None where nothing stands."""

    value: str | list[Node] | dict[str, Node] | None
    line: int


def read_yaml(path: Path) -> Node:
    """Read one YAML document.

    Parameters
    ----------
    path
        UTF-8, plain or gzip, at most 4,000,000 characters, nested at most 20 deep.

    Returns
    -------
    Node
        Scalars are the text as written: ``no`` is a word and ``2025-12`` no sum; a plain ``null``, ``~`` or nothing
        is None.

    Raises
    ------
    DataError
        The file cannot be read, is too large or too deep, is no YAML or several documents, or holds a tag, an alias
        or the same key twice. The message names file and line.
    """
    text = _text(path)
    try:
        return _tree(path.name, yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        raise DataError(_explained(path.name, text, error)) from error


def _text(path: Path) -> str:
    """Read a file of bounded size."""
    parts: list[str] = []
    size = 0
    for line in text_lines(path):
        size += len(line)
        if size > MAX_CHARACTERS:
            raise DataError(f"{path.name} holds more than {MAX_CHARACTERS:,} characters; split it into several files")
        parts.append(line)
    return "".join(parts)


def _explained(name: str, text: str, error: yaml.YAMLError) -> str:
    """Say where a text stops being YAML."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return f"{name} is no YAML: {' '.join(str(error).split())}"
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"{name}, line {mark.line + 1}: indented with a tab; YAML is indented with blanks"
    return f"{name}, line {mark.line + 1}: no YAML ({getattr(error, 'problem', None) or 'not understood'})"


def _tree(name: str, events: Iterator[Any]) -> Node:
    """Build the tree from the parser's events, so that no depth and no alias can run away."""
    open_nodes: list[_Open] = []
    root: Node | None = None
    for event in events:
        line = event.start_mark.line + 1
        node: Node | None = None
        if isinstance(event, yaml.AliasEvent):
            raise DataError(f"{name}, line {line}: an alias (*{event.anchor}); write the value out")
        if isinstance(event, yaml.NodeEvent) and (tag := getattr(event, "tag", None)):
            raise DataError(f"{name}, line {line}: a tag ({tag}); expected plain values")
        if isinstance(event, yaml.ScalarEvent):
            plain = not event.style and event.value in _NOTHING
            node = Node(None if plain else event.value, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append(_Open(name, {} if isinstance(event, yaml.MappingStartEvent) else [], line))
            if len(open_nodes) > MAX_DEPTH:
                raise DataError(f"{name}, line {line}: nested more than {MAX_DEPTH} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            node = open_nodes.pop().close()
        if node is None:
            continue
        if open_nodes:
            open_nodes[-1].add(node)
        elif root is not None:
            raise DataError(f"{name}, line {line}: a second document begins; expected one in a file")
        else:
            root = node
    if root is None or root.value is None:
        raise DataError(f"{name} is empty; expected YAML")
    return root


class _Open:
    """A list or mapping that is being filled."""

    def __init__(self, name: str, value: list[Node] | dict[str, Node], line: int) -> None:
        self.name, self.value, self.line = name, value, line
        self.key: str | None = None

    def add(self, node: Node) -> None:
        """Add an element, or a key and then its value."""
        if isinstance(self.value, list):
            self.value.append(node)
            return
        if self.key is not None:
            self.value[self.key] = node
            self.key = None
            return
        if not isinstance(node.value, str):
            raise DataError(f"{self.name}, line {node.line}: a key that is no text; expected the name of a field")
        if node.value in self.value:
            raise DataError(f"{self.name}, line {node.line}: {node.value[:80]!r} is there twice; expected once")
        self.key = node.value

    def close(self) -> Node:
        """Return the finished node."""
        return Node(self.value, self.line)
