"""Opening source files: digests, text line by line, gzip without bombs. Every fault is a DataError with the file's name."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from vcpi.errors import DataError
from vcpi.records import SourceFile

MAX_LINE_BYTES = 64 << 20
"""No row of a table is longer."""
MAX_EXPANSION = 250
"""A gzip file that grows more than this is a bomb; tables grow 3 to 40 times."""

_EXPANSION_FREE = 4 << 20  # small files may grow as they like
_BLOCK = 1 << 20
_LONE_CR = re.compile(rb"(?<=\r)(?!\n)")
_BINARY = {
    b"PK\x03\x04": "is a zip or Excel file; save the table as CSV",
    b"\xd0\xcf\x11\xe0": "is an old Excel file; save the table as CSV",
    b"\xff\xfe": "is UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text; save it as UTF-8",
    b"PAR1": "is a parquet file; expected text",
    b"\x89HDF": "is an HDF5 file; expected text",
}


def source_file(path: Path) -> SourceFile:
    """Take a file's name, size and SHA-256.

    Raises
    ------
    DataError
        The file cannot be read.
    """
    digest = hashlib.sha256()
    size = 0
    with open_binary(path) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return SourceFile(name=path.name, n_bytes=size, sha256=digest.hexdigest())


@contextmanager
def open_binary(path: Path) -> Iterator[IO[bytes]]:
    """Open a file as it is, with a DataError where that fails."""
    try:
        stream = path.open("rb")
    except IsADirectoryError as error:
        shown = path.name or "Empty path"
        raise DataError(f"{shown} cannot be read: it is a folder; expected a file") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path.name} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    with stream:
        yield stream


def magic(path: Path) -> bytes:
    """Return the first four bytes of a file."""
    with open_binary(path) as stream:
        return stream.read(4)


def text_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text file, plain or gzip, with their line ends.

    LF, CRLF and a lone CR end a line; a byte order mark is taken off.

    Raises
    ------
    DataError
        The file cannot be read, is binary or not UTF-8, has a line beyond 64 MiB, or expands like a bomb.
    """
    with open_binary(path) as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if compressed else raw
        yield from _decoded(path, stream, packed_bytes=path.stat().st_size if compressed else None)


def _decoded(path: Path, stream: IO[bytes] | gzip.GzipFile, *, packed_bytes: int | None) -> Iterator[str]:
    """Decode lines one by one."""
    number, size = 0, 0
    for line in _raw_lines(path, stream):
        if number == 0:
            reason = next((text for start, text in _BINARY.items() if line.startswith(start)), None)
            if reason:
                raise DataError(f"{path.name} {reason}")
            line = line.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901  the same line without its mark
        size += len(line)
        if packed_bytes is not None and size > max(_EXPANSION_FREE, MAX_EXPANSION * packed_bytes):
            raise DataError(f"{path.name} expands more than {MAX_EXPANSION}-fold; expected a table")
        if b"\x00" in line:
            raise DataError(f"{path.name} holds a NUL byte in line {number + 1}; expected text in UTF-8")
        for part in _LONE_CR.split(line) if b"\r" in line else (line,):
            if not part:
                continue
            number += 1
            try:
                yield part.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DataError(f"{path.name} is not UTF-8 in line {number}; save it as UTF-8") from error


def _raw_lines(path: Path, stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    """Yield undecoded lines, none too long."""
    while True:
        try:
            line = stream.readline(MAX_LINE_BYTES)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"{path.name} is damaged: {error}") from error
        if not line:
            return
        if len(line) >= MAX_LINE_BYTES:
            raise DataError(f"{path.name} has a line of more than {MAX_LINE_BYTES >> 20} MiB; expected a table")
        yield line
