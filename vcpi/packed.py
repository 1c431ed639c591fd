"""Arrays and lists of text in one file, which is read once and looked at where it lies.

The length of a piece of JSON, and this, say what there is and where; each array begins at a multiple of 64 bytes. Equal content gives equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vcpi.errors import ArtifactError
from vcpi.manifest import REBUILD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

ALIGNED = 64
_MARK = "vcpi packed 1"
_DIGITS = 20  # of the length of the JSON, which stands before it
_STEP = 1 << 20  # bytes that are digested at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What such a file holds.

    Attributes
    ----------
    arrays
        Name → array, read-only where it comes from a file.
    texts
        Name → what JSON holds: lists of text, or of lists of text.
    """

    arrays: Mapping[str, NDArray[Any]]
    texts: Mapping[str, Sequence[Any]]


def read_checked(
    path: Path, *, expected_sha256: str, offset: int = 0, is_given_up: Callable[[], bool] = lambda: False
) -> NDArray[np.uint8]:
    """Read a file once its SHA-256 is what it has to be.

    Parameters
    ----------
    path
        The file.
    expected_sha256
        In hexadecimal.
    offset
        Byte of the file that is to stand at an address that is a multiple of 64.
    is_given_up
        Says between two pieces that nobody waits any more; then an error ends it.

    Returns
    -------
    ndarray
        Its bytes, read-only.

    Raises
    ------
    ArtifactError
        There is no such file, or it is another.
    """
    digest = hashlib.sha256()
    try:
        mapped = np.memmap(path, dtype=np.uint8, mode="r") if path.stat().st_size else np.zeros(0, dtype=np.uint8)
        room = np.empty(len(mapped) + ALIGNED, dtype=np.uint8)
        content = room[-(room.ctypes.data + offset) % ALIGNED :][: len(mapped)]
        for at in range(0, len(mapped), _STEP):
            piece = content[at : at + _STEP]
            piece[:] = mapped[at : at + _STEP]  # faster than a read, whose target is not there yet
            digest.update(piece.data)
            if is_given_up():
                raise ArtifactError(f"{path.name} was not read to its end: nobody waits for it")
    except OSError as error:
        raise ArtifactError(f"Cannot read {path.name} ({type(error).__name__}); {REBUILD}") from error
    found = digest.hexdigest()
    if found != expected_sha256:
        raise ArtifactError(f"{path.name} is damaged: SHA-256 {found[:12]}, not {expected_sha256[:12]}; {REBUILD}")
    content.flags.writeable = False
    return content


def write_packed(packed: Packed, path: Path) -> None:
    """Write such a file.

    Raises
    ------
    OSError
        It can't be written.
    """
    arrays = {name: np.ascontiguousarray(one) for name, one in packed.arrays.items()}
    places, at = {}, 0
    for name, one in arrays.items():
        places[name] = [one.dtype.newbyteorder("<").str, list(one.shape), at]
        at += -(-one.nbytes // ALIGNED) * ALIGNED
    body = {"mark": _MARK, "arrays": places, "texts": {name: list(one) for name, one in packed.texts.items()}}
    head = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    head = f"{len(head):0{_DIGITS}d}".encode() + head
    with Path(path).open("wb") as stream:
        stream.write(head + bytes(-len(head) % ALIGNED))
        for one in arrays.values():
            stream.write(one.astype(one.dtype.newbyteorder("<"), copy=False).tobytes())
            stream.write(bytes(-one.nbytes % ALIGNED))
        stream.flush()
        os.fsync(stream.fileno())


def unpack(content: NDArray[np.uint8], *, name: str) -> Packed:
    """Look at the bytes of such a file.

    Parameters
    ----------
    content
        All of it, as :func:`read_checked` gives it.
    name
        Of the file, for the error.

    Raises
    ------
    ArtifactError
        They are of another kind.
    """
    try:
        length = int(bytes(content[:_DIGITS]))
        body = json.loads(bytes(content[_DIGITS : _DIGITS + length]))
        if body["mark"] != _MARK:
            raise ValueError(body["mark"])
        start = -(-(_DIGITS + length) // ALIGNED) * ALIGNED
        arrays = {
            key: content[start + at :][: np.dtype(kind).itemsize * math.prod(shape)].view(kind).reshape(shape)
            for key, (kind, shape, at) in body["arrays"].items()
        }
        return Packed(arrays=arrays, texts=body["texts"])
    except (ValueError, TypeError, KeyError) as error:
        raise ArtifactError(f"{name} is not as vcpi writes it ({type(error).__name__}); {REBUILD}") from error
