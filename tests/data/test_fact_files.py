"""The shipped fact files hold what the documents say: a list typed from the documents, looked up in the parsed records."""

from __future__ import annotations

import pytest

from vcpi.data import compounds
from vcpi.ingest.facts import read_facts, shipped_fact_files
from vcpi.structure.identity import standardize

FILES = {path.stem: path for path in shipped_fact_files()}


@pytest.fixture(scope="module")
def facts():
    return {name: read_facts(path).facts for name, path in FILES.items()}


def entries(facts, kind, wanted):
    """Entries whose fields are equal to what is wanted; texts hold each word of a tuple."""

    def fits(entry, name, value):
        held = getattr(entry, name)
        if isinstance(value, tuple) and isinstance(held, str):
            return all(word.casefold() in held.casefold() for word in value)
        return held == value

    return [entry for entry in getattr(facts, kind) if all(fits(entry, name, value) for name, value in wanted.items())]


RIDAFOROLIMUS = [
    ("measurements", {"target": "mTOR", "measure": "IC50", "relation": "=", "value": 0.2, "unit": "nM", "assay": "kinase assay", "references": ("4", "5")}),
    ("measurements", {"target": "VEGF production", "measure": "EC50", "value": 0.1, "unit": "nM", "assay": "cell-based assay", "references": ("4",)}),
    ("targets", {"target": "mTORC1", "role": "primary", "references": ("3",)}),
    ("targets", {"target": "FKBP12", "role": "co-receptor", "genes": ("FKBP1A",), "references": ("2",)}),
    ("targets", {"target": ("FRB",), "role": "binding-domain", "references": ("3",)}),
    ("targets", {"target": "mTORC2", "role": "not-inhibited", "references": ("2",)}),
    ("targets", {"target": "S6K1", "references": ("7",)}),
    ("targets", {"target": "IRS1", "references": ("7",)}),
    ("targets", {"target": "CDH6"}),
    ("targets", {"target": "IFITM2", "role": "indirect"}),
    ("targets", {"target": "IFITM3", "role": "indirect"}),
    ("statements", {"text": ("second generation", "no prodrug", "stability", "solubility", "affinity"), "references": ("1",)}),
    ("statements", {"subject": "FKBP12", "text": ("gain",), "direct": "direct", "references": ("2",)}),
    ("statements", {"text": ("FRB", "allosteric"), "direct": "direct", "references": ("3",)}),
    ("statements", {"text": ("PI3K/AKT", "brake", "clinically"), "direct": "indirect", "evidence": "cited", "references": ("6",)}),
    ("statements", {"text": ("S6K1", "IRS1", "degradation", "phosphorylates"), "direct": "indirect", "references": ("7",)}),
    ("statements", {"text": ("insulin", "IGF-1", "adaptor", "PI3K")}),
    ("statements", {"text": ("resistant", "compensatory"), "references": ("2",)}),
    ("statements", {"subject": "mTORC2", "text": ("not inhibited directly", "acute"), "references": ("2",)}),
    ("statements", {"text": ("AKT", "serine 473"), "references": ("8",)}),
    ("statements", {"text": ("Prolonged rapamycin", "assembly"), "evidence": "transferred", "transferred_from": "rapamycin"}),
    ("statements", {"subject": ("CDH6",), "direct": "not-established", "evidence": "association", "context": "high-grade glioma"}),
    ("statements", {"text": ("IFITM2", "IFITM3", "microautophagy", "SARS-CoV-2"), "direct": "indirect", "references": ("1",)}),
    ("findings", {"kind": "no-value-reported", "subject": ("mTORC2", "IC50")}),
    ("findings", {"kind": "limitation", "subject": ("kinome-wide", "proteome-wide")}),
    ("findings", {"kind": "not-established", "subject": "CDH6"}),
    ("findings", {"kind": "not-tested", "text": ("chemical proteomics", "kinase profiling")}),
]  # fmt: skip
NOVOLIMUS = [
    ("targets", {"target": "mTORC1", "role": "primary"}),
    ("targets", {"target": "FKBP12", "role": "co-receptor"}),
    ("targets", {"target": ("FRB",), "role": "binding-domain"}),
    *(("targets", {"target": name, "role": "downstream"}) for name in ("S6K1", "4E-BP1", "eIF4E")),
    *(("targets", {"target": name, "role": "upstream"}) for name in ("PI3K", "AKT", "PTEN", "TSC1/2", "Rheb")),
    *(("targets", {"target": name, "role": "indirect"}) for name in ("HIF-1alpha", "VEGF")),
    ("statements", {"text": ("serine/threonine", "growth", "proliferation", "survival", "angiogenesis")}),
    ("statements", {"text": ("nutrients", "growth factors", "energy", "PTEN", "mutation")}),
    ("statements", {"text": ("two complexes",)}),
    ("statements", {"text": ("FKBP12",), "direct": "direct"}),
    ("statements", {"text": ("ternary", "FRB", "allosteric"), "direct": "direct"}),
    ("statements", {"text": ("PI3K", "AKT", "TSC1/2", "Rheb", "mTORC1")}),
    ("statements", {"text": ("S6K1", "protein synthesis")}),
    ("statements", {"text": ("4E-BP1", "eIF4E", "translated")}),
    ("statements", {"text": ("cytostatic",)}),
    ("statements", {"subject": "apoptosis", "context": ("prolonged", "some cancer cell types")}),
    ("statements", {"text": ("G1", "S phase"), "evidence": "transferred", "transferred_from": "everolimus", "references": ("1", "2")}),
    ("statements", {"text": ("HIF-1alpha", "VEGF"), "references": ("3",)}),
    ("findings", {"kind": "no-value-reported", "subject": "potency", "text": ("no value reported",)}),
    ("findings", {"kind": "no-value-reported", "subject": "protocols"}),
    ("findings", {"kind": "limitation", "text": ("everolimus",)}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "wanted"), RIDAFOROLIMUS, ids=str)
def test_ridaforolimus_is_whole(facts, kind, wanted):
    found = entries(facts["ridaforolimus"], kind, wanted)
    assert found
    assert all(entry.compound == "ridaforolimus" for entry in found)


@pytest.mark.parametrize(("kind", "wanted"), NOVOLIMUS, ids=str)
def test_novolimus_is_whole(facts, kind, wanted):
    assert entries(facts["novolimus"], kind, wanted)


def test_novolimus_has_no_value_of_its_own(facts):
    assert facts["novolimus"].measurements == ()
    assert facts["novolimus"].protocols == ()


DOCUMENTS = {
    "ridaforolimus": ("Deforolimus: A Technical Guide to Molecular Interactions Beyond mTORC1", "B1261145", "Deforolimus",
                      "https://www.benchchem.com/product/b1261145#molecular-targets-of-deforolimus-beyond-mtorc1", 3),
    "novolimus": ("Novolimus: A Technical Guide to its Mechanism of Action in Cancer Cells", "B15560737",
                  "7-O-Demethyl Rapamycin",
                  "https://www.benchchem.com/product/b15560737#novolimus-mechanism-of-action-in-cancer-cells", 2),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_named_in_full(facts, name):
    title, number, listed_as, url, n_pictures = DOCUMENTS[name]
    document, (compound,) = facts[name].document, facts[name].compounds
    assert (document.title, document.url, document.date) == (title, url, "2025-12")
    assert (document.authors, document.publisher) == (("BenchChem Technical Support Team",), "BenchChem")
    assert "research use only" in document.conditions[0]
    assert "warranty" in document.conditions[1]
    assert {"3281 E Guasti Rd, Ontario, CA 91761, United States", "(601) 213-4426", "info@benchchem.com"} <= set(
        document.contact
    )
    assert len(document.illustrations) == n_pictures
    (entry,) = compound.catalogue
    assert (entry.vendor, entry.number, entry.listed_as) == ("BenchChem", number, listed_as)


def test_names_of_ridaforolimus_with_the_misprint_marked(facts):
    (compound,) = facts["ridaforolimus"].compounds
    assert {name.name: name.kind for name in compound.names} == {
        "deforolimus": "synonym", "AP23573": "code", "MK-8669": "code", "MK8668": "typo",
    }  # fmt: skip


SITES = {
    "ridaforolimus": ["pmc.ncbi.nlm.nih.gov", "pmc.ncbi.nlm.nih.gov", "pmc.ncbi.nlm.nih.gov", "rapamycin.us", "rapamycin.us",
                      "pmc.ncbi.nlm.nih.gov", "oncohemakey.com", "pmc.ncbi.nlm.nih.gov", "bio-protocol.org", "en.bio-protocol.org",
                      "researchgate.net", "pmc.ncbi.nlm.nih.gov", "pmc.ncbi.nlm.nih.gov", "researchgate.net", "ccrod.cancer.gov",
                      "bio-rad.com", "researchgate.net"],
    "novolimus": ["pmc.ncbi.nlm.nih.gov", "pubmed.ncbi.nlm.nih.gov", "benchchem.com"],
}  # fmt: skip
TITLES = {
    "1": "Clinical research progress of ridaforolimus (AP23573, MK8668) over the past decade: a systemic review",
    "2": "Inhibitors of the PI3K/AKT/mTOR pathway in human malignancies; trend of current clinical trials",
    "3": "Overview of Research into mTOR Inhibitors",
    "6": "PI3K Inhibitors in Cancer: Clinical Implications and Adverse Effects",
    "7": "The Role of mTOR Inhibitors and PI3K Pathway Blockade in Renal Cell Cancer",
    "8": "Evaluating the mTOR Pathway in Physiological and Pharmacological Settings",
    "9": "In vitro mTORC1 Kinase Assay for Mammalian Cells Protocol",
    "10": "In vitro mTORC1 Kinase Assay for Mammalian Cells Protocol",
    "12": "Specific Activation of mTORC1 by Rheb G-protein in Vitro Involves Enhanced Recruitment of Its Substrate Protein",
    "13": "Tracking the Activity of mTORC1 in Living Cells Using Genetically Encoded FRET-based Biosensor TORCAR",
}


@pytest.mark.parametrize("name", SITES)
def test_references_stand_in_their_order(facts, name):
    references = facts[name].references
    assert [reference.id for reference in references] == [str(place) for place in range(1, len(SITES[name]) + 1)]
    assert [reference.site for reference in references] == SITES[name]


def test_titles_of_the_seventeen_references(facts):
    references = facts["ridaforolimus"].references
    assert {one.id: one.title for one in references if one.title} == TITLES
    assert all(one.note for one in references if not one.title)


def test_kinase_assay_protocol_is_whole(facts):
    kinase = facts["ridaforolimus"].protocols[0]
    made = {one.name: {(c.name, c.value, c.unit, c.ph) for c in one.components} for one in kinase.materials}
    assert made["CHAPS lysis buffer"] == {
        ("HEPES", 40, "mM", 7.4), ("NaCl", 120, "mM", None), ("EDTA", 1, "mM", None), ("pyrophosphate", 10, "mM", None),
        ("glycerophosphate", 10, "mM", None), ("NaF", 50, "mM", None), ("Na3VO4", 1.5, "mM", None),
        ("CHAPS", 0.3, "%", None), ("protease inhibitors", None, None, None),
    }  # fmt: skip
    assert made["kinase wash buffer"] == {("HEPES", 25, "mM", 7.4), ("NaCl", 1, "M", None), ("CHAPS", 0.1, "%", None)}
    assert made["kinase assay buffer"] == {("HEPES", 25, "mM", 7.4), ("KCl", 50, "mM", None), ("MgCl2", 10, "mM", None)}
    assert {"HEK293T cells", "anti-Raptor antibody", "protein A/G agarose beads", "recombinant GST-4E-BP1", "ATP",
            "SDS-PAGE sample buffer"} <= set(made)  # fmt: skip
    assert len(kinase.steps) == 9
    assert [(step.temperature_c, step.minutes) for step in kinase.steps if step.minutes] == [(30, 30)]
    assert kinase.references == ("9", "10", "11", "12", "13")


def test_western_blot_protocol_is_whole(facts):
    blot = facts["ridaforolimus"].protocols[1]
    sites = {one.target: one.sites for one in blot.antibodies}
    assert (sites["S6"], sites["4E-BP1"]) == (("S235", "S236"), ("T37", "T46"))
    assert {"total S6", "total 4E-BP1", "beta-actin"} <= set(sites)
    assert [one.conjugate for one in blot.antibodies if one.conjugate] == ["HRP"]
    assert len(blot.steps) == 8
    assert [(step.temperature, step.minutes) for step in blot.steps if step.minutes] == [("room temperature", 60)]
    assert [(step.temperature_c, step.duration) for step in blot.steps if step.duration] == [(4, "overnight")]
    assert blot.references == ("14", "15", "16", "17")
    assert {"PVDF membrane", "SDS-PAGE gels", "transfer buffer", "chemiluminescent substrate"} <= {
        m.name for m in blot.materials
    }


REPORT = {  # table: what is printed, as row → cells
    "genes-1-pi3k": {"PIK3R1": "+1.20", "RHEB": "+0.86", "RPTOR": "+0.50", "AKT3": "+0.84", "AKT1": "+0.35", "DEPTOR": "+0.44",
                     "EIF4EBP1": "-0.50", "PIK3CA": "-0.76", "FOXO3": "-1.06"},
    "genes-1-erk": {"FOS": "+1.97", "EGR1": "+1.76", "MYC": "+1.79", "DUSP6": "+2.00", "MAPK3": "+0.61", "MAPK1": "+0.06"},
    "genes-1-autophagy": {"ATG7": "+0.77", "PRKAA1": "+0.47", "ULK1": "-0.62", "MAP1LC3B": "-1.14"},
    "genes-1-innate": {"CCL2": "+2.14", "TNF": "+1.91", "MX1": "+1.95", "ISG15": "+1.16"},
    "genes-1-hif": {"SLC2A1": "-0.67", "PDK1": "-0.84", "LDHA": "-0.45", "VEGFA": "-0.66", "CDKN1A": "-1.11"},
    "genes-1-tacrolimus": {"FOS": "+1.69", "EGR1": "+1.75", "MYC": "+1.29", "CCL2": "+4.27", "IL1B": "+3.16", "TNF": "+2.40"},
    "genes-1-cyclosporin": {"CDKN1A": "-1.76", "MX1": "+2.82", "ISG15": "+2.14"},
    "modules-2": {"inflammatory / NF-kB-like": "+0.692", "adaptive stress / NRF2 / ATF": "+0.353",
                  "ribosome / translation genes": "+0.266", "mitochondrial / OXPHOS": "-0.336",
                  "apoptosis / p53 / ER stress": "+0.072"},
    "pathways-down-2": {"G2 Phase": "-0.925", "Purine ribonucleoside monophosphate biosynthesis": "-0.663",
                        "Unwinding of DNA": "-0.627", "Scavenging by Class F receptors": "-0.590",
                        "Formation of xylulose-5-phosphate": "-0.585"},
    "genes-2-ampk": {"TBC1D4": "+0.825", "STRADA": "+0.489", "SIRT1": "+0.489", "SESN2": "-0.503", "ACACA": "-0.683",
                     "STK11": "-0.746", "DDIT4": "-1.129", "PRKAB2": "-1.668"},
}  # fmt: skip


@pytest.mark.parametrize("name", REPORT)
def test_figures_of_the_report_are_as_printed(facts, name):
    table = next(one for one in facts["rapamycin-thp1"].tables if one.id == name)
    assert {row[0]: row[1] for row in table.rows} == REPORT[name]


def test_the_report_says_that_vcpi_did_not_measure_it(facts):
    document = facts["rapamycin-thp1"].document
    assert document.kind == "hand-made-report"
    assert "hand-made report, not measured by vcpi" in document.notes


def test_missing_cells_of_the_ranking_are_explicit(facts):
    table = next(one for one in facts["rapamycin-thp1"].tables if one.id == "erk-ranking")
    assert [sum(cell is None for cell in row) for row in table.rows] == [1, 1, 0, 1]


def test_compounds_are_those_that_vcpi_ships(facts):
    shipped = {one.inchikey: one.name for one in compounds()}
    keys = {one.name: one.inchikey for entry in facts.values() for one in entry.compounds if one.inchikey}
    assert {name: shipped[key] for name, key in keys.items()} == {
        "ridaforolimus": "ridaforolimus", "novolimus": "novolimus", "rapamycin": "sirolimus", "everolimus": "everolimus",
        "temsirolimus": "temsirolimus", "tacrolimus": "tacrolimus",
    }  # fmt: skip
    for entry in facts.values():
        for one in entry.compounds:
            assert one.smiles is None or standardize(one.smiles).inchikey == one.inchikey
