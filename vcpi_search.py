"""Where the console command starts: outside the package ``vcpi``, because another distribution may own that name.

``vcpi.__main__`` cannot be reached without running ``vcpi/__init__.py``, which the official VCPI data client
overwrites when it is installed into the same environment. This module checks first and imports after.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).parent / "vcpi"


def main() -> int | None:
    """Run the command ``vcpi``, or say in one line on stderr why it cannot."""
    complaint = _complaint()
    if complaint is not None:
        sys.stderr.write(f"vcpi: {complaint}\n")
        return 1
    from vcpi.__main__ import main as run  # only now is it certain that this vcpi is ours

    return run()


def _complaint() -> str | None:
    """Say what stands in the way of importing our own package, if anything does."""
    guard = _load_guard()
    try:
        guard.refuse_overwritten(PACKAGE)
    except ImportError as error:
        return str(error)
    first = PathFinder.find_spec("vcpi")  # looks without importing
    if first is not None and first.origin is not None and not (PACKAGE / "__init__.py").samefile(first.origin):
        return f"Found another package named vcpi before this one, {first.origin}: {guard.WHY}; {guard.WAY_OUT}"
    return None


def _load_guard() -> ModuleType:
    """``vcpi/_guard.py`` loaded from its file, without the package around it."""
    spec = importlib.util.spec_from_file_location("_vcpi_guard", PACKAGE / "_guard.py")
    if spec is None or spec.loader is None:
        raise ImportError(f"{PACKAGE / '_guard.py'} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
