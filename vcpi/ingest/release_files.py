"""Which file of a release is which, found by content: counts, metadata, chemistry, genes, annotations, manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vcpi.errors import DataError
from vcpi.ingest.columns import COMPOUND_FIELDS, GENE_FIELDS, column_key
from vcpi.ingest.counts import is_counts
from vcpi.ingest.files import source_file
from vcpi.ingest.tables import is_parquet, open_parquet, read_columns
from vcpi.records import SourceFile

_SAID = {name for kind in ("synonyms", "class", "moa", "target", "name") for name in COMPOUND_FIELDS[kind]}
_GENE_KEYS = {"gene_id", "gene", *GENE_FIELDS["ensembl_id"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFiles:
    """The files of one release."""

    name: str
    counts: Path
    metadata: Path
    chemistry: Path | None = None
    genes: Path | None = None
    annotations: Path | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


def find_release(paths: Sequence[Path], *, genes: Path | None = None) -> ReleaseFiles:
    """Find out which file is which.

    Parameters
    ----------
    paths
        The folder of a release, or its files.
    genes
        A gene table that stands elsewhere.

    Raises
    ------
    DataError
        There is no counts or metadata file, there are two of a kind, or a file named outright is none of a release.
    """
    try:
        files, named = _expand(paths)
    except OSError as error:  # a name that is too long, a folder that may not be listed
        raise DataError(f"{_where(paths)[:80]} cannot be read: {error.strerror or error}") from error
    found: dict[str, list[Path]] = {}
    for path in files:
        found.setdefault(_kind(path, named=path in named), []).append(path)
    _part_annotations(found)
    if genes is not None:
        found["genes"] = [genes]
    one = {
        kind: _only(kind, found.get(kind, [])) for kind in ("counts", "metadata", "chemistry", "genes", "annotations")
    }
    counts, metadata = one["counts"], one["metadata"]
    if counts is None or metadata is None:
        lacking = "counts parquet" if counts is None else "metadata table (one with a column sequenced_id)"
        found_there = ", ".join(p.name for p in files) or "no file"
        wanted = "name the folder or the files of a release: counts (parquet), metadata and chemistry tables (CSV)"
        raise DataError(f"{_where(paths)} holds no {lacking}; found {found_there}; {wanted}")
    folder = paths[0] if paths[0].is_dir() else paths[0].parent
    return ReleaseFiles(
        name=folder.resolve().name,
        counts=counts,
        metadata=metadata,
        chemistry=one["chemistry"],
        genes=one["genes"],
        annotations=one["annotations"],
        manifest=_manifest(_only("manifest", found.get("manifest", []))),
        ignored=tuple(path.name for path in found.get("other", [])),
    )


def check_manifest(manifest: Mapping[str, Any], files: Sequence[SourceFile]) -> None:
    """Compare the digests of a manifest with those of the files.

    Raises
    ------
    DataError
        A file differs from what its manifest says.
    """
    said = _digests(manifest)
    for file in files:
        if said.get(file.name) not in {None, file.sha256}:
            raise DataError(
                f"{file.name} differs from its manifest (SHA-256 {file.sha256[:12]}…); fetch the file again"
            )


def _digests(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Read the digests of a manifest, by the names of the files."""
    entries = manifest.get("files", [])
    if isinstance(entries, Mapping):
        entries = [{"name": name, **(entry if isinstance(entry, dict) else {})} for name, entry in entries.items()]
    if not isinstance(entries, list):
        raise DataError(f"manifest.json has {_kind_of(entries)} as 'files'; expected a list of names and digests")
    said: dict[str, str] = {}
    for entry in entries:
        name, digest = (entry.get("name"), entry.get("sha256")) if isinstance(entry, dict) else (None, None)
        if not isinstance(name, str | None) or not isinstance(digest, str | None):
            odd = name if not isinstance(name, str | None) else digest
            raise DataError(f"manifest.json has {_kind_of(odd)} as the name or sha256 of a file; expected text")
        if name and digest:
            said[name] = digest.strip().casefold()
    return said


def _kind_of(value: object) -> str:
    """Name the kind of a JSON value."""
    names = {"NoneType": "null", "dict": "an object", "list": "a list", "str": "a text", "bool": "a truth value"}
    return names.get(type(value).__name__, "a number")


def _expand(paths: Sequence[Path]) -> tuple[list[Path], set[Path]]:
    """List the files, those of folders in the order of their names, and which were named outright."""
    files: list[Path] = []
    named: set[Path] = set()
    for path in paths:
        if path.is_dir():
            inside = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
            folders = [entry.name for entry in inside if entry.is_dir()]
            if folders and not any(entry.is_file() for entry in inside):
                raise DataError(f"{path.name} holds folders ({', '.join(folders[:5])}); give one release at a time")
            files += [entry for entry in inside if entry.is_file()]
        elif path.exists():
            files.append(path)
            named.add(path)
        else:
            raise DataError(f"{path.name} is not there; expected the folder of a release, or its files")
    return files, named


def _kind(path: Path, *, named: bool) -> str:
    """Say which part of a release a file is."""
    if path.suffix.casefold() == ".json":
        return "manifest"
    try:
        kind = _kind_by_columns(path, {column_key(name) for name in read_columns(path)})
    except DataError:
        if not named and path.suffix.casefold() not in {".csv", ".parquet"}:
            return "other"
        return _kind_by_name(path)
    if kind is None and any(word in path.name.casefold() for word in ("metadata", "count")):
        return _kind_by_name(path)  # its reader tells which column is missing
    if kind is None and named:
        raise DataError(
            f"{path.name} is no part of a release; expected counts, metadata, chemistry, genes or annotations"
        )
    return kind or "other"


def _kind_by_columns(path: Path, keys: set[str]) -> str | None:
    """Tell the parts of a release apart by their columns."""
    kinds = {
        "metadata": "sequenced_id" in keys,
        "chemistry": bool(keys & set(COMPOUND_FIELDS["smiles"])),
        "counts": is_parquet(path) and is_counts(open_parquet(path)),
        "genes": bool(keys & _GENE_KEYS) and not keys & set(COMPOUND_FIELDS["inchikey"]),
        "annotations": bool(keys & _SAID) and len(keys) > 1,
    }
    return next((kind for kind, fits in kinds.items() if fits), None)


def _kind_by_name(path: Path) -> str:
    """Take a file that cannot be read for what its name says, so that its fault is told when it is read."""
    name = path.name.casefold()
    kinds = {"metadata": "metadata", "count": "counts", "compound": "chemistry", "chemistry": "chemistry"}
    kinds |= {"gene": "genes", "annotation": "annotations"}
    kind = next((kind for word, kind in kinds.items() if word in name), None)
    if kind is None:
        read_columns(path)
        raise DataError(f"{path.name} is no part of a release")
    return kind


def _part_annotations(found: dict[str, list[Path]]) -> None:
    """Among several tables with structures, those that name or describe are annotations."""
    drawn = found.get("chemistry", [])
    if len(drawn) > 1:
        said = [path for path in drawn if {column_key(name) for name in read_columns(path)} & _SAID]
        if len(said) < len(drawn):
            found["chemistry"] = [path for path in drawn if path not in said]
            found.setdefault("annotations", []).extend(said)


def _only(kind: str, paths: Sequence[Path]) -> Path | None:
    """Return the one file of a kind."""
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths[:5])
        raise DataError(f"{len(paths)} {kind} files ({names}); expected one: give the files of one release")
    return paths[0] if paths else None


def _manifest(path: Path | None) -> Mapping[str, Any]:
    """Read the manifest."""
    if path is None:
        return {}
    source_file(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror or error}") from error
    except RecursionError as error:
        raise DataError(f"{path.name} is nested too deeply; expected an object with 'files'") from error
    except ValueError as error:
        raise DataError(f"{path.name} is no readable JSON: {error}") from error
    if not isinstance(content, dict):
        raise DataError(f"{path.name} holds {_kind_of(content)}; expected an object with 'files'")
    return content


def _where(paths: Sequence[Path]) -> str:
    """Name what was given."""
    return ", ".join(path.name or str(path) for path in paths[:3]) or "nothing"
