"""Store and indexes opened together: the object that users hold."""

from __future__ import annotations

from vcpi.database.core import Database

__all__ = ["Database"]
