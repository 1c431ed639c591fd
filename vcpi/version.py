"""The version of vcpi, stated once."""

__version__ = "0.1.0"
