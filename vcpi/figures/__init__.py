"""Figures of answers: plain rows in, one :class:`~vcpi.figures.figure.Figure` out, saved as SVG, PNG or HTML.

A figure is a Vega-Lite specification, which is data; the library that turns it into a file (``vl-convert-python``, the
extra ``plot``) is loaded when a file is written. :mod:`vcpi.figures.of_answers` makes figures of what the verbs answer.
"""
