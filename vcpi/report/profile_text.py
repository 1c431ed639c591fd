"""The signalling report for a terminal and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcpi.report.profile_sections import profile_sections, profile_title
from vcpi.report.sections import as_markdown, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping


def profile_text(value: Mapping[str, Any]) -> str:
    """Write a profile for a terminal."""
    return as_text(profile_title(value), profile_sections(value))


def profile_markdown(value: Mapping[str, Any]) -> str:
    """Write a profile as Markdown."""
    return as_markdown(profile_title(value), profile_sections(value))
