"""The demonstration: simulate a release, ingest it as a user's files are ingested, and ask about everolimus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vcpi.assemble.facts import ingest_facts
from vcpi.assemble.releases import ingest_release
from vcpi.database import Database
from vcpi.database.cards import list_documents
from vcpi.demo.simulate import simulate_release
from vcpi.errors import InputError
from vcpi.store.connection import store_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vcpi.assemble.report import IngestReport

FOLDER = "demo-release"
QUESTION = "everolimus"
ACTIVE_SHARE = 0.4  # a library of drugs at 10 µM; with every class acting, four in five would, as in no real screen


def make_demo(
    home: Path,
    *,
    seed: int = 1,
    n_plates: int = 3,
    strength: float = 1.0,
    workers: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
) -> IngestReport | None:
    """Make the demonstration workspace, unless it is there already.

    Parameters
    ----------
    home
        Folder of the workspace. The simulated files go to ``demo-release`` in it, the truth beside them to
        ``demo-release-truth``, which nothing reads. The facts that vcpi brings are read as ``ingest facts --shipped`` does.
    seed, n_plates, strength
        As in :func:`~vcpi.demo.simulate.simulate_release`.

    Returns
    -------
    IngestReport or None
        What was ingested; None where the same demonstration was there already.

    Raises
    ------
    InputError
        The folder holds a workspace with other data.
    """
    job_id = (
        f"sim-demo-{seed:03d}" if (n_plates, strength) == (3, 1.0) else f"sim-demo-{seed:03d}-{n_plates}-{strength:g}"
    )
    if store_path(home).is_file():
        with Database(home) as database:
            names = [dataset["name"] for dataset in database.status()["datasets"]]
            documented = bool(list_documents(database))
        if names == [job_id]:
            if not documented:
                ingest_facts(home, [])  # stopped between the two, or made by an older vcpi
            return None
        message = f"{home} holds a workspace with other data ({', '.join(names) or 'compounds'}); run 'vcpi demo' in an empty folder, or name one with --home"
        raise InputError(message)
    _check_way(home)
    released = simulate_release(
        home / FOLDER, seed=seed, n_plates=n_plates, strength=strength, active_share=ACTIVE_SHARE, job_id=job_id
    )
    report = ingest_release(home, [released.folder], dataset=job_id, workers=workers, progress=progress)
    ingest_facts(home, [])
    return report


def _check_way(home: Path) -> None:
    """Refuse to write over anything but what an interrupted demonstration left."""
    for name in (FOLDER, f"{FOLDER}-truth"):
        folder = home / name
        if not folder.exists():
            continue
        manifest = home / FOLDER / "manifest.json"
        ours = folder.is_dir() and (
            not any(folder.iterdir()) or (manifest.is_file() and b"sim-demo" in manifest.read_bytes())
        )
        if not ours:
            message = f"{folder} is in the way of the demonstration; run 'vcpi demo' in an empty folder, or name one with --home"
            raise InputError(message)
