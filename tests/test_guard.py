"""The import guard, judged on copies of the package into which a stand-in for the data client has been written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vcpi import _guard
from vcpi._guard import ForeignPackageError, refuse_foreign, refuse_overwritten

PACKAGE = Path(_guard.__file__).parent
CLIENT = {
    "__init__.py": "from .auth import login\nfrom .data import load_experiment\n",
    "auth.py": "def login(): ...\n",
    "data.py": "def load_experiment(job): ...\n",
}
COMMAND = "import sys, vcpi_search; sys.exit(vcpi_search.main())"  # what pip's console script does


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages that holds vcpi's outermost modules."""
    site = tmp_path / "site packages"
    (site / "vcpi" / "data").mkdir(parents=True)
    (site / "vcpi" / "cli").mkdir()
    for name in ("__init__.py", "__main__.py", "_guard.py", "errors.py", "version.py"):
        shutil.copy(PACKAGE / name, site / "vcpi" / name)
    shutil.copy(PACKAGE.parent / "vcpi_search.py", site)
    for name in ("data", "cli"):
        (site / "vcpi" / name / "__init__.py").touch()
    (site / "vcpi" / "cli" / "app.py").write_text("def main():\n    print('the command line ran')\n    return 0\n")
    return site


def install_client(site: Path, *, overwrite: bool, record: bool = True) -> None:
    """Write the client's files as pip would, over ours or (where ours came second) beside them."""
    for name, text in CLIENT.items():
        if overwrite or not (site / "vcpi" / name).exists():
            (site / "vcpi" / name).write_text(text)
    if record:
        write_record(site, "vcpi-0.1.0.dist-info", [f"vcpi/{name}" for name in CLIENT])


def write_record(site: Path, info: str, files: list[str]) -> None:
    (site / info).mkdir()
    (site / info / "RECORD").write_text("".join(f"{name},,\n" for name in files))


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=site.parent, env=env, check=False, capture_output=True, text=True
    )


def test_own_package_is_accepted():
    refuse_overwritten()  # raises if vcpi ever gets a module that is named like one of the client's
    assert not {path.name for path in PACKAGE.iterdir()} & set(_guard.FOREIGN_MODULES)


@pytest.mark.parametrize("arguments", [("-c", COMMAND), ("-m", "vcpi")])
def test_command_runs_without_the_client(site, arguments):
    done = run(site, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the command line ran\n", "")


@pytest.mark.parametrize("name", ["auth.py", "data.py", "test_releases.py"])
def test_import_refuses_a_module_of_the_client(site, name):
    (site / "vcpi" / name).touch()
    done = run(site, "-c", "import vcpi")
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith(f"vcpi._guard.ForeignPackageError: Found {name} of the VCPI data client in {site / 'vcpi'}:")
    assert "mixes their files silently" in last
    assert "an environment of its own" in last
    assert "scripts/export_release.py" in last


def test_import_error_can_be_caught_as_one(site):
    install_client(site, overwrite=False)
    done = run(site, "-c", "try:\n    import vcpi\nexcept ImportError as error:\n    print(error)")
    assert done.returncode == 0
    assert "auth.py and data.py" in done.stdout


def test_import_refuses_a_record_that_claims_the_package(site):
    write_record(site, "vcpi-0.2.0.dist-info", ["vcpi/__init__.py", "vcpi/renamed.py"])
    with pytest.raises(ForeignPackageError, match=r"Found vcpi-0\.2\.0\.dist-info, .* which claims"):
        refuse_foreign(site / "vcpi")


@pytest.mark.parametrize(
    ("info", "files"),
    [
        ("vcpi_search-0.1.0.dist-info", ["vcpi/__init__.py", "vcpi/_guard.py"]),  # ours
        ("vcpi-0.1.0.dist-info", ["__editable___vcpi_finder.py"]),  # the client, from a folder of its own
        ("vcpi_extras-1.0.dist-info", ["vcpi_extras/__init__.py"]),
    ],
)
def test_other_records_are_left_alone(site, info, files):
    write_record(site, info, files)
    assert refuse_foreign(site / "vcpi") is None
    assert run(site, "-c", "import vcpi").returncode == 0


@pytest.mark.parametrize("overwrite", [True, False], ids=["client installed last", "client installed first"])
def test_command_refuses_in_one_line(site, overwrite):
    install_client(site, overwrite=overwrite)
    done = run(site, "-c", COMMAND)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("vcpi: Found auth.py and data.py of the VCPI data client")
    assert done.stderr.count("\n") == 1


def test_command_refuses_an_unknown_init(site):
    (site / "vcpi" / "__init__.py").write_text("raise RuntimeError('of another package')\n")
    done = run(site, "-c", COMMAND)
    assert done.returncode == 1
    assert done.stderr.startswith(f"vcpi: {site / 'vcpi' / '__init__.py'} is another package's")
    assert "pip install --force-reinstall --no-deps vcpi-search" in done.stderr


@pytest.mark.parametrize("arguments", [("-c", COMMAND), ("-m", "vcpi")])
def test_command_explains_a_hollow_package(site, arguments):
    (site / "vcpi" / "__init__.py").unlink()  # what uninstalling the client does
    done = run(site, *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is gone" in done.stderr


def test_command_refuses_a_namesake_that_comes_first(site, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "vcpi").mkdir(parents=True)
    (elsewhere / "vcpi" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    code = f"import sys; sys.path.insert(0, {str(elsewhere)!r}); {COMMAND.replace('import sys, ', 'import ')}"
    done = run(site, "-c", code)
    assert done.returncode == 1
    assert done.stderr.startswith(f"vcpi: Found another package named vcpi before this one, {elsewhere}")


def test_guard_imports_nothing_heavy():
    code = (
        "import importlib.util as u, sys; before = set(sys.modules)\n"
        f"spec = u.spec_from_file_location('guard', {str(PACKAGE / '_guard.py')!r})\n"
        "module = u.module_from_spec(spec); spec.loader.exec_module(module); module.refuse_foreign()\n"
        "roots = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(roots - sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
