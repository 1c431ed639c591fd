"""The C library: that it was built where it can be, is the right one, and can be done without."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from vcpi import kernels
from vcpi.errors import InputError
from vcpi.kernels import blas

FOLDER = Path(kernels.__file__).parent


@pytest.fixture
def fresh():
    """Load anew in a test, and again after it."""
    kernels.native.cache_clear()
    yield
    kernels.native.cache_clear()


def test_the_version_is_the_same_in_both_languages():
    found = re.search(r"return (\d+); /\* as VERSION", (FOLDER / "kernels.c").read_text(encoding="utf-8"))
    assert found is not None
    assert int(found[1]) == kernels.VERSION


def test_an_unknown_way_is_refused(monkeypatch):
    monkeypatch.setenv("VCPI_KERNELS", "fast")
    with pytest.raises(InputError, match="VCPI_KERNELS is 'fast'; expected best, plain, avx2, avx512, numpy"):
        kernels.level()


@pytest.mark.parametrize(("word", "level"), [("", -1), ("best", -1), ("plain", 0), ("avx512", 2), ("numpy", None)])
def test_the_variable_names_a_way(monkeypatch, word, level):
    monkeypatch.setenv("VCPI_KERNELS", word)
    assert kernels.level() == level


def test_a_library_of_another_version_is_left_alone(monkeypatch, fresh, caplog):
    if kernels.native() is None:
        pytest.skip("the C library was not built here")
    kernels.native.cache_clear()
    monkeypatch.setattr(kernels, "VERSION", 99)
    assert kernels.native() is None
    assert "expected 99; NumPy is used" in caplog.text


def test_a_file_that_is_no_library_is_left_alone(monkeypatch, fresh, caplog, tmp_path):
    monkeypatch.setattr(kernels, "__file__", str(tmp_path / "__init__.py"))
    assert kernels.native() is None
    assert caplog.text == ""
    kernels.native.cache_clear()
    (tmp_path / f"_native{sysconfig.get_config_var('EXT_SUFFIX')}").write_text("not a library")
    assert kernels.native() is None
    assert "Cannot load _native" in caplog.text


def test_the_c_files_compile_without_a_warning(tmp_path):
    """As strictly as a compiler can look, and without Python's headers."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    sources = sorted(map(str, FOLDER.glob("*.c")))
    flags = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-shared", "-fPIC"]
    try:
        done = subprocess.run(
            [compiler, *flags, *sources, "-o", tmp_path / "native.so"], check=False, capture_output=True, text=True
        )
    except FileNotFoundError:
        pytest.skip("there is no C compiler here")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_search_loads_neither_compiler_nor_more_of_python():
    """The choice of C over numba is one of start-up time."""
    code = "import sys, vcpi.structure.planes; print(sorted({'numba', 'cffi', 'scipy', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=os.environ)
    assert done.stdout == "[]\n"


def test_sums_take_one_thread_until_the_last_who_asked_is_done():
    before = blas.n_threads()
    if before is None:
        pytest.skip("NumPy has another BLAS than its wheels")
    with blas.one_thread():
        with blas.one_thread():
            assert blas.n_threads() == 1
        assert blas.n_threads() == 1
    assert blas.n_threads() == before


def test_a_block_that_fails_gives_the_threads_back():
    before = blas.n_threads()
    with pytest.raises(KeyError), blas.one_thread():
        raise KeyError
    assert blas.n_threads() == before
