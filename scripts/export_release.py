"""Export a VCPI release to files that ``vcpi ingest release`` reads.

Run it in the environment of the official VCPI client, not in that of vcpi-search: the two packages share the import
name ``vcpi`` and cannot share an environment.

Usage: ``python export_release.py JOB FOLDER``, for example ``python export_release.py tvc-qnu-012 tvc-qnu-012/``

Log in with the client first; this script neither asks for the token nor reads, prints or stores it. It writes the
counts as parquet, metadata and chemistry as CSV, and ``manifest.json`` with SHA-256, sizes and the date: a release can
change under its id. It needs nothing beside the client.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_PARTS = ("data", "metadata", "chemistry")
_BLOCK = 1 << 20


def export_release(frames: Mapping[str, Any], folder: Path, *, job: str, today: datetime.date) -> Path:
    """Write the frames of one release to a folder; return its manifest.

    Each file is written beside its place and moved there whole; the manifest comes last, so that a folder with a
    manifest is complete.

    Parameters
    ----------
    frames
        What the client's ``load_experiment`` returns: polars frames ``data``, ``metadata`` and ``chemistry``.
    folder
        Folder to write to, made where it is not there.
    job
        Id or name of the release.
    today
        Date of the export.

    Raises
    ------
    ValueError
        A frame is missing or empty, or no column of the counts is named by a ``sequenced_id`` of the metadata.
    """
    _check(frames)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.json"
    manifest.unlink(missing_ok=True)
    names = {
        "data": f"vcpi_{job}_counts.parquet",
        "metadata": f"metadata-{job}.csv",
        "chemistry": f"compounds-{job}-{today.isoformat()}.csv",
    }
    entries = []
    for part, name in names.items():
        frame = frames[part]
        write: Callable[[Path], object] = frame.write_parquet if name.endswith(".parquet") else frame.write_csv
        path = _whole(folder / name, write)
        entries.append(
            {
                "name": name,
                "part": part,
                "n_rows": int(frame.height),
                "n_columns": len(frame.columns),
                "n_bytes": path.stat().st_size,
                "sha256": _sha256(path),
            }
        )
    content = {
        "job_id": str(frames.get("job_id") or job),
        "exported": today.isoformat(),
        "simulated": False,
        "licence": "see the terms of this release at its source; cite Ginkgo Datapoints VCPI, the job id and the date",
        "files": entries,
    }
    text = json.dumps(content, indent=2) + "\n"
    return _whole(manifest, lambda path: path.write_text(text, encoding="utf-8"))


def load(client: Any, job: str) -> Mapping[str, Any]:  # noqa: ANN401  the client is not there when this is checked
    """Load a release with the official client, old or new.

    Raises
    ------
    ValueError
        The package is not the official client.
    """
    function = getattr(client, "load_experiment", None)
    if function is None:
        where = getattr(client, "__file__", None) or "no file"
        raise ValueError(
            f"The package vcpi at {where} has no load_experiment; run this in the official client's environment"
        )
    accepted = inspect.signature(function).parameters
    option = "job" if "job" in accepted else "job_id"
    frames: Mapping[str, Any] = function(**{option: job})
    return frames


def _check(frames: Mapping[str, Any]) -> None:
    """Refuse what cannot be a release."""
    missing = [part for part in _PARTS if frames.get(part) is None]
    if missing:
        raise ValueError(f"The client returned no {missing[0]}; expected {', '.join(_PARTS)}")
    empty = [part for part in _PARTS if frames[part].height == 0]
    if "metadata" in empty:
        raise ValueError(
            "The client returned empty metadata: it does so where it cannot read the ids, since it guesses their type "
            "from the first 100 rows; nothing was written; update the client, or download the metadata from the website"
        )
    if empty:
        raise ValueError(f"The client returned empty {empty[0]}; nothing was written")
    columns = frames["metadata"].columns
    if "sequenced_id" not in columns:
        raise ValueError(f"The metadata has no sequenced_id; found {', '.join(columns[:8])}")
    ids = {str(value).removesuffix(".0") for value in frames["metadata"]["sequenced_id"]}
    if not ids & set(map(str, frames["data"].columns)):
        raise ValueError("No column of the counts is named by a sequenced_id of the metadata; nothing was written")


def _whole(path: Path, write: Callable[[Path], object]) -> Path:
    """Write a file beside its place, sync it, and move it there."""
    part = path.with_name(path.name + ".part")
    try:
        write(part)
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _sha256(path: Path) -> str:
    """Take the digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def main() -> int:
    """Read the arguments, load, export."""
    parser = argparse.ArgumentParser(description="Export a VCPI release to files, with the official client.")
    parser.add_argument("job", help="id or name of the release, such as tvc-qnu-012")
    parser.add_argument("folder", type=Path, help="folder to write to")
    arguments = parser.parse_args()
    try:
        import vcpi as client
    except ImportError as error:
        print(
            f"The official VCPI client cannot be imported here ({error}); run this in its environment", file=sys.stderr
        )
        return 1
    try:
        frames = load(client, arguments.job)
        today = datetime.datetime.now(tz=datetime.UTC).date()
        manifest = export_release(frames, arguments.folder, job=arguments.job, today=today)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(manifest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
