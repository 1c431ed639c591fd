"""The lock, the licences and the script that holds an environment against them."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def audit():
    """Load scripts/audit.py; it needs what only the checks install."""
    pytest.importorskip("packaging")
    spec = importlib.util.spec_from_file_location("audit", TOP / "scripts" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["audit"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def distribution(folder, name="idna", version="3.20", text="x = 1\n", licence="BSD-3-Clause"):
    """Install a made-up distribution of one file."""
    (folder / f"{name}.py").write_text(text)
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: {licence}\n"
    )
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    (info / "RECORD").write_text(f"{name}.py,sha256={digest},{len(text)}\n{info.name}/METADATA,,\n")
    return folder


def findings(audit, folder, lock=None):
    return audit.audit(lock or audit.read_lock(), write=False, ignore=set(), path=[str(folder)])


def test_a_distribution_that_is_as_the_lock_says_has_no_finding(audit, tmp_path):
    assert findings(audit, distribution(tmp_path)) == []


@pytest.mark.parametrize(
    ("made", "finding"),
    [
        ({"version": "3.19"}, r"idna 3\.19: is installed as 3\.19; the lock has 3\.20"),
        ({"version": "3.6"}, r"idna 3\.6: CVE-2024-3651"),
        ({"name": "stranger"}, r"stranger 3\.20: is installed and not in the lock"),
        ({"licence": "AGPL-3.0-only"}, r"idna 3\.20: licence AGPL-3\.0-only is not in the list of admitted ones"),
        ({"licence": "MIT"}, r"idna 3\.20: licence is MIT; docs/licences\.md has BSD-3-Clause"),
    ],
)
def test_what_does_not_fit_is_found(audit, tmp_path, made, finding):
    assert any(re.match(finding, found) for found in findings(audit, distribution(tmp_path, **made)))


@pytest.mark.parametrize(("change", "said"), [(b"x = 2\n", "is not as it was installed"), (None, "is missing")])
def test_a_file_that_was_changed_is_found(audit, tmp_path, change, said):
    distribution(tmp_path)
    path = tmp_path / "idna.py"
    path.unlink() if change is None else path.write_bytes(change)
    assert findings(audit, tmp_path) == [f"idna 3.20: idna.py {said}"]


def test_a_lock_without_a_hash_is_found(audit, tmp_path):
    path = tmp_path / "lock.txt"
    path.write_text("idna==3.20\ncertifi==2026.10.18 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    found = findings(audit, distribution(tmp_path), audit.read_lock(path))
    assert "idna 3.20 has no hash in the lock" in found
    assert not any(line.startswith("certifi 2026.10.18 has no hash") for line in found)


def test_the_lock_names_files_by_hash_and_no_place():
    """The judge is the text of the lock itself."""
    lines = (TOP / "locks" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    entries = [line for line in lines if re.match(r"[a-z]", line)]
    assert len(entries) > 100
    assert not [
        line
        for line in lines
        if re.search(r"file:|https?:|--(?!hash|universal|python|all|generate|no-|require)", line)
        and not line.startswith("#")
    ]
    starts = [place for place, line in enumerate(lines) if re.match(r"[a-z]", line)]
    assert all("--hash=sha256:" in lines[place + 1] for place in starts)


def test_the_constraints_have_the_versions_of_the_lock():
    """Two files that are renewed apart say the same."""
    named = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)
    texts = [(TOP / name).read_text(encoding="utf-8") for name in ("locks/requirements.txt", "constraints.txt")]
    lock, pinned = (
        {(name.lower().replace("_", "-"), version) for name, version in named.findall(text)} for text in texts
    )
    assert pinned <= lock
    assert {name for name, _ in lock} - {name for name, _ in pinned} <= {"colorama", "httpx2-jsfetch", "pip"}


def test_every_locked_distribution_has_a_licence(audit):
    names = {line.name for line in audit.read_lock()} - audit.INSTALLERS - audit.ELSEWHERE
    licences = audit.read_page()
    assert set(licences) == names
    assert "unknown" not in licences.values()
    assert "copyleft" in audit.remark(licences["certifi"])


def test_known_faults_are_whole_rows_with_versions_that_parse(audit):
    specifiers = pytest.importorskip("packaging.specifiers")
    rows = [line.split("\t") for line in audit.KNOWN_BAD.read_text(encoding="utf-8").splitlines()]
    assert all(len(row) == 4 for row in rows)
    for _, versions, advisory, _ in rows[1:]:
        assert str(specifiers.SpecifierSet(versions))
        assert re.fullmatch(r"CVE-\d{4}-\d{4,}", advisory)
