"""Hold what is installed against locks/requirements.txt, without a network: ``python scripts/audit.py [--write]``.

Every installed distribution is in the lock with that version, every file of it is as its RECORD says, its licence is
one that vcpi admits and the one written in docs/licences.md, and no version is in the short list of known faults
(scripts/known_bad.tsv: advisories of the CVE list, not all there are). ``--write`` renews docs/licences.md.
Exit status 0, or 1 with one line for each finding.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

TOP = Path(__file__).resolve().parents[1]
LOCK = TOP / "locks" / "requirements.txt"
PAGE = TOP / "docs" / "licences.md"
KNOWN_BAD = TOP / "scripts" / "known_bad.tsv"
OWN = {"vcpi-search"}
ELSEWHERE = {"httpx2-jsfetch"}  # in the lock for Python in a browser, where vcpi does not run
INSTALLERS = {"pip", "setuptools", "wheel", "uv"}  # the environment brings them, in a version of its own

PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD", "CC0-1.0", "ISC", "MIT", "MIT-CMU", "PSF-2.0",
    "Public-Domain", "Zlib",
}  # fmt: skip
COPYLEFT = {"GPL-2.0-only": "only runs as a program of the checks", "MPL-2.0": "per file, used unchanged"}
SHIPPED = (
    ("OpenChemLib (vcpi/web/static/openchemlib.js)", "BSD-3-Clause", "in the wheel: the sketcher of the web page"),
    ("axe-core (inside axe-playwright-python)", "MPL-2.0", "copyleft: per file; tests only, in no wheel of vcpi"),
)
# Where the metadata name no licence, or name it in prose: read in the licence file of the distribution
BY_HAND = {
    "axe-playwright-python": "MIT",
    "colorama": "BSD-3-Clause",
    "docutils": "Public-Domain AND BSD-2-Clause",  # its GPL part is an Emacs mode, in no wheel
}
_WORDS = (
    (r"mozilla|mpl", "MPL-2.0"), (r"apache", "Apache-2.0"), (r"\bisc\b", "ISC"), (r"public domain", "Public-Domain"),
    (r"\bmit\b", "MIT"), (r"3-clause|bsd-3", "BSD-3-Clause"), (r"2-clause|bsd-2", "BSD-2-Clause"), (r"bsd", "BSD"),
    (r"python software", "PSF-2.0"),
)  # fmt: skip
_LINE = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s;\\]+)\s*(?:;(?P<marker>[^\\]*))?")


@dataclass(frozen=True)
class Locked:
    """One line of the lock."""

    name: str
    version: str
    marker: Marker | None
    n_hashes: int


def read_lock(path: Path = LOCK) -> list[Locked]:
    """Read the lock: names, versions, markers and how many hashes each has."""
    found = []
    for block in re.split(r"\n(?=\S)", path.read_text(encoding="utf-8")):
        line = _LINE.match(block)
        if line:
            marker = Marker(line["marker"].strip()) if (line["marker"] or "").strip() else None
            n_hashes = len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", block))
            found.append(Locked(canonicalize_name(line["name"]), line["version"], marker, n_hashes))
    return found


def licence_of(name: str, told: metadata.PackageMetadata) -> str:
    """Say a licence as an SPDX expression, from what a distribution tells of itself."""
    if name in BY_HAND:
        return BY_HAND[name]
    if told.get("License-Expression"):
        return str(told["License-Expression"])
    classifiers = [text.rsplit("::", 1)[-1] for text in told.get_all("Classifier", []) if text.startswith("License")]
    for text in (str(told.get("License") or "").split("\n")[0], *classifiers):
        for pattern, licence in _WORDS:
            if re.search(pattern, text, re.IGNORECASE):
                return licence
    return "unknown"


def licence_fault(licence: str) -> str | None:
    """Say which part of a licence is not admitted."""
    parts = set(re.split(r"\s+(?:AND|OR)\s+", licence.replace("(", "").replace(")", "")))
    unknown = sorted(parts - PERMISSIVE - set(COPYLEFT))
    return f"licence {', '.join(unknown)} is not in the list of admitted ones" if unknown else None


def remark(licence: str) -> str:
    """Say what a copyleft licence asks for."""
    return "; ".join(f"copyleft: {COPYLEFT[name]}" for name in sorted(COPYLEFT) if name in licence)


def file_faults(distribution: metadata.Distribution) -> list[str]:
    """Compare the files of a distribution with the digests in its RECORD."""
    faults = []
    for entry in distribution.files or ():
        if entry.hash is None or entry.suffix == ".pyc":
            continue
        path = Path(str(entry.locate()))
        if not path.is_file():
            faults.append(f"{entry} is missing")
            continue
        digest = hashlib.new(entry.hash.mode, path.read_bytes()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != entry.hash.value:
            faults.append(f"{entry} is not as it was installed")
    return faults


def known_bad(name: str, version: str, path: Path = KNOWN_BAD) -> list[str]:
    """Return the advisories that a version falls under."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [
        f"{advisory} ({what})"
        for package, versions, advisory, what in rows
        if package == name and SpecifierSet(versions).contains(version, prereleases=True)
    ]


def read_page(path: Path = PAGE) -> dict[str, str]:
    """Read the licence of each distribution from docs/licences.md."""
    if not path.is_file():
        return {}
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: licence.strip() for name, licence in rows}


def page(licences: dict[str, str]) -> str:
    """Write docs/licences.md."""
    lines = [
        "# Licences of what vcpi depends on",
        "",
        "vcpi itself is MIT. Written by `python scripts/audit.py --write` from what the distributions say of themselves;",
        "`scripts/check` holds it against what is installed. Nothing of these is copied into vcpi but the last table.",
        "",
        "| distribution | licence | remark |",
        "| --- | --- | --- |",
        *(f"| `{name}` | {licence} | {remark(licence)} |" for name, licence in sorted(licences.items())),
        "",
        "Inside other files:",
        "",
        "| part | licence | remark |",
        "| --- | --- | --- |",
        *(f"| {part} | {licence} | {told} |" for part, licence, told in SHIPPED),
    ]
    return "\n".join(lines) + "\n"


def audit(lock: list[Locked], *, write: bool, ignore: set[str], path: list[str] | None = None) -> list[str]:
    """Take every look, at the distributions of this environment or of the folders given, and return the findings."""
    faults = [f"{line.name} {line.version} has no hash in the lock" for line in lock if not line.n_hashes]
    locked = {line.name: line.version for line in lock if line.marker is None or line.marker.evaluate()}
    written = read_page()
    seen: dict[str, str] = {}
    for distribution in metadata.distributions(**({} if path is None else {"path": path})):
        name, version = canonicalize_name(distribution.metadata["Name"]), distribution.version
        if name in seen or name in OWN or name in ignore:
            continue
        licence = seen[name] = licence_of(name, distribution.metadata)
        found = file_faults(distribution)
        if name not in INSTALLERS:
            found += known_bad(name, version)
            if name not in locked:
                found.append("is installed and not in the lock")
            elif locked[name] != version:
                found.append(f"is installed as {version}; the lock has {locked[name]}")
            if not write and written.get(name) != licence:
                found.append(
                    f"licence is {licence}; docs/licences.md has {written.get(name, 'none')}; run with --write"
                )
            found += filter(None, [licence_fault(licence)])
        faults += [f"{name} {version}: {fault}" for fault in found]
    faults += [
        f"{line.name} {line.version} of the lock: {text}"
        for line in lock
        for text in known_bad(line.name, line.version)
    ]
    names = {line.name for line in lock} - INSTALLERS - ELSEWHERE
    licences = {name: BY_HAND.get(name) or seen.get(name) or written.get(name, "unknown") for name in names}
    if write:
        PAGE.write_text(page(licences), encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page(licences):
        faults.append("docs/licences.md is not current; run with --write where all extras are installed")
    faults += [
        f"{name}: {licence_fault(licence)}" for name, licence in sorted(licences.items()) if licence_fault(licence)
    ]
    copyleft = sorted(name for name, licence in licences.items() if remark(licence))
    print(f"audit: {len(seen)} distributions of {len(locked)} in the lock; copyleft: {', '.join(copyleft)}")
    return faults


def main() -> int:
    """Read the options and tell the findings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="renew docs/licences.md")
    parser.add_argument("--ignore", action="append", default=[], metavar="NAME", help="a distribution of your own")
    options = parser.parse_args()
    faults = audit(read_lock(), write=options.write, ignore={canonicalize_name(name) for name in options.ignore})
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
