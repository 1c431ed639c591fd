"""Where memory runs out, one line says so, whichever library noticed it."""

from __future__ import annotations

import sys

import pytest

from vcpi.cli import app


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (MemoryError(), True),
        (RuntimeError("can't start new thread"), True),
        (ImportError("libz.so: failed to map segment from shared object"), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("something else"), False),
        (ImportError("No module named 'pandas'"), False),
    ],
)
def test_what_is_short_of_memory_is_told_and_nothing_else(monkeypatch, capfd, error, is_told):
    def fail(**_named):
        raise error

    monkeypatch.setattr(app, "app", fail)
    monkeypatch.setattr(app, "_silence", lambda: None)
    monkeypatch.setattr(sys, "argv", ["vcpi", "status"])
    if not is_told:
        with pytest.raises(type(error)):
            app.main()
        return
    assert app.main() == 1
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith("vcpi: There is not enough memory")
