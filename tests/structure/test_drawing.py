"""Drawings. Judges: an XML parser, and the colours that highlighting adds."""

from __future__ import annotations

import builtins
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from vcpi.errors import InputError, MissingDependencyError, StructureParseError
from vcpi.structure.drawing import draw_svg

try:
    from rdkit.Chem.Draw import rdMolDraw2D
except ImportError:
    rdMolDraw2D = None

needs_x = pytest.mark.skipif(rdMolDraw2D is None, reason="the system lacks the X libraries that RDKit draws with")


@needs_x
def test_a_drawing_is_one_svg_element_without_script():
    svg = draw_svg("CC(=O)Oc1ccccc1C(=O)O", width=400, height=250)
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("width"), root.get("height")) == ("400px", "250px")
    tags = {element.tag.rpartition("}")[2].lower() for element in root.iter()}
    assert "path" in tags
    assert "script" not in tags
    assert not any(name.lower().startswith("on") for element in root.iter() for name in element.attrib)


@needs_x
def test_a_highlight_shades_the_match_and_nothing_else():
    plain = draw_svg("CC(=O)Oc1ccccc1C(=O)O")
    assert draw_svg("CC(=O)Oc1ccccc1C(=O)O", highlight="[Pt]") == plain
    assert "#FF7F7F" in draw_svg("CC(=O)Oc1ccccc1C(=O)O", highlight="c1ccccc1")
    assert "#FF7F7F" not in plain


@needs_x
@pytest.mark.parametrize(
    ("smiles", "options", "error", "message"),
    [
        ("C" * 501, {}, StructureParseError, "at most 500"),
        ("<script>", {}, StructureParseError, "Not a structure"),
        ("C", {"width": 0}, InputError, "0 x 200"),
        ("C", {"highlight": "[["}, StructureParseError, "Not a SMARTS"),
    ],
)
def test_what_cannot_be_drawn_is_refused(smiles, options, error, message):
    with pytest.raises(error, match=message):
        draw_svg(smiles, **options)


def test_a_missing_library_names_its_packages(monkeypatch):
    real = builtins.__import__

    def without_draw(name, *args, **kwargs):
        if name.startswith("rdkit.Chem.Draw"):
            raise ImportError("libXrender.so.1: cannot open shared object file")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_draw)
    with pytest.raises(MissingDependencyError, match="libxrender1 libxext6 libx11-6 libexpat1"):
        draw_svg("C")


def test_importing_the_module_loads_no_drawing_code():
    code = "import sys, vcpi.structure.drawing; print('rdkit.Chem.Draw' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
