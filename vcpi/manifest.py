"""The recipe beside every index: write it, read it, say whether it still fits."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vcpi.errors import ArtifactError, InputError, StaleIndexError

FORMAT_VERSION = 1
BLOCK = 1 << 20
REBUILD = "run 'vcpi build'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an index file is and what it was made from.

    ``kind`` names the index, ``recipe`` holds every option that its content depends on, ``content_digest`` is the
    digest of the store content that it was built from, ``file_digest`` the SHA-256 of the index file, ``n_rows`` how
    many rows it has, ``versions`` those of the libraries that made it. There is no time and no host in it: equal
    content gives equal bytes.

    Examples
    --------
    >>> made = Manifest(kind="signature", recipe={"metric": "cosine"}, content_digest="c", file_digest="f", n_rows=2)
    >>> Manifest.from_json(made.to_json()) == made
    True
    """

    kind: str
    recipe: Mapping[str, Any]
    content_digest: str
    file_digest: str
    n_rows: int
    versions: Mapping[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def to_json(self) -> str:
        """Give the manifest as canonical JSON (sorted keys, no spaces, a digest of itself), ending with a newline.

        Raises
        ------
        InputError
            The recipe holds something that JSON has no word for, NaN included.
        """
        body = self._body()
        return _canonical({**body, "self_digest": _digest(body)}) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Take the manifest from its JSON.

        Raises
        ------
        ArtifactError
            The text is damaged: not JSON, a field missing, or not what its digest says.
        StaleIndexError
            It has the format of another vcpi.
        """
        try:
            body = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ArtifactError(f"Manifest is not JSON; {REBUILD}") from error
        if not isinstance(body, dict):
            raise ArtifactError(f"Manifest is a JSON {type(body).__name__}, expected an object; {REBUILD}")
        stated = body.pop("self_digest", None)
        if stated != _digest(body):
            raise ArtifactError(f"Manifest is damaged: its content is not what its digest says; {REBUILD}")
        if body.get("format_version") != FORMAT_VERSION:
            raise StaleIndexError(
                f"Manifest has format {body.get('format_version')}; this vcpi reads {FORMAT_VERSION}; {REBUILD}"
            )
        if set(body) != set(cls.__dataclass_fields__):
            fields = ", ".join(sorted(set(body) ^ set(cls.__dataclass_fields__)))
            raise ArtifactError(f"Manifest has other fields than expected: {fields}; {REBUILD}")
        return cls(**body)

    def write(self, path: Path) -> None:
        """Write the JSON to ``path``, through a temporary file beside it, and sync it."""
        write_whole(Path(path), self.to_json().encode())

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Read the manifest at ``path``.

        Raises
        ------
        ArtifactError
            There is no such file, or it is damaged; the message names it.
        StaleIndexError
            It has the format of another vcpi.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ArtifactError(f"Cannot read the manifest {path.name} ({type(error).__name__}); {REBUILD}") from error
        try:
            return cls.from_json(text)
        except ArtifactError as error:
            raise type(error)(f"{path.name}: {error}") from error

    def fits(
        self,
        *,
        kind: str | None = None,
        recipe: Mapping[str, Any] | None = None,
        content_digest: str | None = None,
        n_rows: int | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        """Compare the manifest with what is asked for; what isn't given isn't compared.

        Parameters
        ----------
        kind, content_digest, n_rows
            As in the manifest.
        recipe
            The whole recipe: an option more or less is a misfit too.
        versions
            Versions that have to be the same; others may differ.

        Raises
        ------
        StaleIndexError
            Something differs; the message says what.
        """
        asked = {"kind": kind, "n_rows": n_rows}
        differences = [
            f"{name} is {getattr(self, name)!r}, expected {value!r}"
            for name, value in asked.items()
            if value is not None and value != getattr(self, name)
        ]
        if recipe is not None:
            differences += _differences("recipe", self.recipe, recipe, names=sorted({*self.recipe, *recipe}))
        if versions is not None:
            differences += _differences("version", self.versions, versions, names=sorted(versions))
        if content_digest is not None and content_digest != self.content_digest:
            differences.append("the store has changed since")
        if differences:
            raise StaleIndexError(f"The {self.kind} index does not fit: {'; '.join(differences)}; {REBUILD}")

    def _body(self) -> dict[str, Any]:
        """Give the fields by name."""
        return {
            "kind": self.kind,
            "recipe": dict(self.recipe),
            "content_digest": self.content_digest,
            "file_digest": self.file_digest,
            "n_rows": self.n_rows,
            "versions": dict(self.versions),
            "format_version": self.format_version,
        }


def sha256_file(path: Path) -> str:
    """Digest a file's bytes: SHA-256 in hexadecimal.

    Raises
    ------
    OSError
        The file can't be read.
    """
    digest = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def digest_rows(rows: Iterable[bytes]) -> str:
    """Digest rows in their order, each with its length before it, so that no other split gives the same: SHA-256.

    Examples
    --------
    >>> digest_rows([b"ab", b"c"]) == digest_rows([b"a", b"bc"])
    False
    """
    digest = hashlib.sha256()
    for row in rows:
        digest.update(len(row).to_bytes(8, "little"))
        digest.update(row)
    return digest.hexdigest()


def _canonical(value: object) -> str:
    """Write JSON that is the same for equal content."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"A manifest can't hold this: {error}; expected text, numbers, lists and mappings") from error


def _digest(body: Mapping[str, Any]) -> str:
    """Digest the canonical JSON."""
    return hashlib.sha256(_canonical(body).encode("ascii")).hexdigest()


def _differences(what: str, has: Mapping[str, Any], asked: Mapping[str, Any], *, names: Iterable[str]) -> list[str]:
    """Say where two mappings differ, as JSON sees them."""
    return [
        f"{what} {name} is {_said(has, name)}, expected {_said(asked, name)}"
        for name in names
        if _said(has, name) != _said(asked, name)
    ]


def _said(values: Mapping[str, Any], name: str) -> str:
    """Give a value as JSON, or say that it's absent."""
    return _canonical(values[name]) if name in values else "absent"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is never half written: beside it first, synced, and then in its place.

    What is no plain file (a device, a pipe), and one in a folder that cannot be written, is written directly.

    Raises
    ------
    OSError
        It cannot be written; what was there stays.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "answer.txt", b"42")
    ...     [(one.name, one.read_text()) for one in Path(folder).iterdir()]
    [('answer.txt', '42')]
    """
    exists, is_device = path.exists(), str(path).startswith(("/dev/", "/proc/"))  # /dev/stdout may be a plain file
    if is_device or (exists and not path.is_file()) or not os.access(path.resolve().parent, os.W_OK):
        path.write_bytes(content)
        return
    path = path.resolve()  # what a link leads to
    beside = path.with_name(f".{path.name[:200]}.{os.getpid()}")
    try:
        with beside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if exists:
            beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
