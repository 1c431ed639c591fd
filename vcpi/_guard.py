"""Refuse to run where the official VCPI data client and vcpi-search share one package folder.

Both install an import package called ``vcpi``, and pip writes one over the other without a word. This module uses
the standard library alone and imports nothing of vcpi, so that the console command can run it from its file even
where ``vcpi/__init__.py`` is no longer ours.
"""

from __future__ import annotations

import os
from pathlib import Path

OWN_FOLDER = Path(__file__).parent
FOREIGN_MODULES = ("auth.py", "data.py", "test_releases.py")  # the client's; ours has a folder data/, no data.py
OWN_MARK = "refuse_foreign"  # our __init__.py calls it; another's does not

WHY = "both install a package named vcpi, and pip mixes their files silently"
WAY_OUT = (
    "give each an environment of its own: install vcpi-search in a fresh one, "
    "and let scripts/export_release.py save a release from the client's"
)


class ForeignPackageError(ImportError):
    """The package folder is shared with another distribution, or was taken over by it."""


def refuse_foreign(folder: Path = OWN_FOLDER) -> None:
    """Raise if another distribution's files lie in vcpi's package folder.

    Looks at a handful of file names, and at the metadata folders beside the package; takes well under a millisecond
    in an environment of ordinary size.

    Parameters
    ----------
    folder
        The package folder to examine: our own, unless a test says otherwise.

    Raises
    ------
    ForeignPackageError
        Names what was found, why it cannot be left so, and the way out.

    Examples
    --------
    >>> refuse_foreign()
    """
    found = [name for name in FOREIGN_MODULES if os.path.exists(f"{folder}{os.sep}{name}")]  # noqa: PTH110 - cheaper
    if found:
        raise ForeignPackageError(_message(f"Found {_listed(found)} of the VCPI data client in {folder}"))
    for info in _foreign_metadata(folder.parent):
        if _claims_package(info):
            raise ForeignPackageError(_message(f"Found {info.name}, the VCPI data client, which claims {folder}"))


def refuse_overwritten(folder: Path = OWN_FOLDER) -> None:
    """Raise if ``__init__.py`` of vcpi's package folder is gone or is another's.

    For the console command, which runs before that file; asks :func:`refuse_foreign` first.

    Parameters
    ----------
    folder
        The package folder to examine.

    Raises
    ------
    ForeignPackageError
        Names what was found and the way out.

    Examples
    --------
    >>> refuse_overwritten()
    """
    refuse_foreign(folder)
    try:
        text = (folder / "__init__.py").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        text = ""
    if OWN_MARK not in text:
        state = "another package's" if text else "gone"
        raise ForeignPackageError(
            f"{folder / '__init__.py'} is {state}, as when the VCPI data client was installed or removed here: "
            "reinstall with 'pip install --force-reinstall --no-deps vcpi-search', in an environment without the client"
        )


def _foreign_metadata(site: Path) -> list[Path]:
    """Metadata folders of a distribution named ``vcpi``; ours is ``vcpi_search-…``."""
    try:
        with os.scandir(site) as entries:
            names = [e.name for e in entries if e.name.startswith("vcpi-") and e.name.endswith(".dist-info")]
    except OSError:  # imported from a zip archive: pip has written nothing there
        return []
    return [site / name for name in sorted(names)]


def _claims_package(info: Path) -> bool:
    """Whether the distribution's record of files holds ``vcpi/__init__.py``; an editable install's does not."""
    try:
        record = (info / "RECORD").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any(line.startswith("vcpi/__init__.py,") for line in record.splitlines())


def _listed(names: list[str]) -> str:
    """Names in running text."""
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"  # noqa: PLR2004


def _message(finding: str) -> str:
    """One line: the finding, why it matters, what to do."""
    return f"{finding}: {WHY}; {WAY_OUT}"
