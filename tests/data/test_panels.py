"""The shipped panels, judged by published counts, gene maps, Hallmark sets and a second reading of the tables."""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
from collections import Counter
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcpi.data import gene_aliases, genes
from vcpi.data.panels import (
    VERSION,
    GeneStatus,
    axes,
    gene_role,
    group_panel,
    modules,
    nearest_panels,
    overlaps,
    panel,
    panel_of_genes,
    read_panels,
    sums,
    without_overlap,
)
from vcpi.errors import InputError

TABLES = ("gene_roles.tsv", "panel_genes.tsv", "panel_groups.tsv", "panels.tsv", "sums.tsv")
DIGESTS = {"1.0": "1f48d69c83b11699cd6b81d0c8580f97cb485b1f1d4e1a60a2c47ccefbd03886"}
"""Content of the tables by version: a score in a store is worth its version only if the version means one content."""

COUNTS = {
    "mtorc1": (37, 38), "pi3k-components": (32, 34), "foxo": (14, 16), "erk": (20, 25), "erk-components": (15, 16),
    "stress-p38-jnk": (18, 20), "ampk-lysosome": (29, 32), "ampk-components": (15, 17), "nfkb": (22, 30),
    "ifn": (24, 34), "ifng": (12, 20), "sting-tlr": (9, 22), "sting-tlr-components": (16, 18), "hif": (24, 32),
    "g1s": (23, 24), "g2m": (23, 23), "p53": (24, 25), "apoptosis": (20, 23), "nrf2": (18, 22), "isr-upr": (26, 27),
    "hsf1": (11, 11), "ribosome": (26, 26), "ribosome-biogenesis": (20, 20), "oxphos-nuclear": (25, 25),
    "oxphos-mt": (13, 13), "srebp": (16, 17), "thp1-differentiation": (15, 18), "hdac": (8, 10), "ahr": (4, 6),
}  # fmt: skip
"""Genes of at least 1 CPM in THP-1 cells, and genes, as the curation counted them."""

WHOLE = {found.key: found for found in read_panels() if not found.variant_of}
GENES = [gene for found in read_panels() for gene in found.genes]


def raw(name: str) -> list[dict[str, str]]:
    """Read a table once more, by other means than the module does."""
    lines = files("vcpi.data").joinpath(name).read_text(encoding="utf-8").splitlines()
    head, *rows = [line.split("\t") for line in lines if line[0] != "#"]
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_every_panel_has_the_counted_genes() -> None:
    found = {key: (sum(not gene.low for gene in one.genes), len(one.genes)) for key, one in WHOLE.items()}
    assert found == COUNTS
    assert sum(size for _, size in COUNTS.values()) == 644
    assert len({gene.symbol for gene in GENES}) == 567


def test_no_gene_stands_twice_in_a_panel_and_no_table_has_orphans() -> None:
    assert all(len(set(one.symbols)) == len(one.symbols) for one in read_panels())
    in_panels = {row["gene_symbol"] for row in raw("panel_genes.tsv")}
    assert in_panels == {row["gene_symbol"] for row in raw("gene_roles.tsv")}
    assert {row["panel"] for row in raw("panel_genes.tsv")} == {one.key for one in read_panels()}


def test_signs_belong_to_footprints() -> None:
    for one in read_panels():
        allowed = {0} if one.kind == "components" else {1, -1}
        assert {gene.sign for gene in one.genes} <= allowed, one.key
    assert {one.key for one in read_panels() if one.kind == "components"} == {
        "pi3k-components", "erk-components", "ampk-components", "sting-tlr-components", "apoptosis",
    }  # fmt: skip
    falling = {one.key for one in read_panels() if any(gene.sign < 0 for gene in one.genes)}
    assert falling == {"mtorc1", "foxo", "ampk-lysosome", "srebp", "thp1-differentiation"}
    assert all("not activity" in one.caution for one in read_panels() if one.kind == "components")


@pytest.mark.parametrize(
    ("key", "falling"),
    [
        ("mtorc1", "SQSTM1 GPNMB FLCN RRAGD NEU1 CTSD ATP6V0D1"),
        ("ampk-lysosome", "ACACA FASN SREBF1"),
        ("srebp", "ABCA1 ABCG1 MYLIP"),
        ("thp1-differentiation", "MYB MPO ELANE AZU1 PRTN3"),
        ("foxo", " ".join(WHOLE["foxo"].symbols)),
        ("erk", ""),
        ("nfkb", ""),
    ],
)
def test_the_genes_that_fall_when_the_process_is_on(key: str, falling: str) -> None:
    assert sorted(gene.symbol for gene in panel(key).genes if gene.sign < 0) == sorted(falling.split())


def test_gene_marks() -> None:
    marked = {gene.symbol for gene in GENES if gene.handling_sensitive}
    assert marked == {"FOS", "FOSB", "EGR1", "EGR2", "EGR3", "IER2", "JUN", "ATF3"} == set(panel("ieg").symbols)
    lost = {gene.symbol for gene in GENES if gene.lost}
    assert lost == {"FTH1", "ALDOA", "CD68", "MCM2", "ASNS", "NDRG1", "FAS"}
    assert all(gene.low for gene in GENES if gene.lost)
    assert {"IL6", "CXCL10", "IFIT1", "RPTOR"} <= {gene.symbol for gene in GENES if gene.low}


def test_the_variants_part_their_panels() -> None:
    assert not set(panel("erk-slow").symbols) & set(panel("ieg").symbols)
    assert set(panel("erk-slow").symbols) <= set(panel("erk").symbols)
    assert {"JUN", "ATF3"} == set(panel("ieg").symbols) - set(panel("erk").symbols)
    assert set(panel("isr").symbols) | set(panel("upr").symbols) == set(panel("isr-upr").symbols)
    assert not set(panel("isr").symbols) & set(panel("upr").symbols)
    signs = {(one.variant_of or one.key, gene.symbol): gene.sign for one in WHOLE.values() for gene in one.genes}
    for one in read_panels():
        assert all(signs.get((one.variant_of, gene.symbol), gene.sign) == gene.sign for gene in one.genes)


def test_symbols_are_present_ones_with_the_ids_that_vcpi_ships() -> None:
    ids = {gene.gene_symbol: gene.gene_id for gene in genes()}
    former = {name.casefold() for name in gene_aliases()}
    for gene in GENES:
        assert gene.gene_id == ids[gene.symbol]
        assert re.fullmatch(r"ENSG0\d{10}", gene.gene_id)
        assert gene.symbol.casefold() not in former


@pytest.mark.shared
def test_ids_and_symbols_agree_with_gencode(shared_data: Path) -> None:
    with gzip.open(shared_data / "gene_sets" / "gencode_ensembl_symbol.tsv.gz", "rt", encoding="utf-8") as handle:
        symbol_of = {row["ensembl_id"]: row["symbol"] for row in csv.DictReader(handle, delimiter="\t")}
    assert {gene.symbol: symbol_of[gene.gene_id or ""] for gene in GENES} == {g.symbol: g.symbol for g in GENES}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("key", "hallmark"),
    [
        ("mtorc1", "MTORC1_SIGNALING"), ("srebp", "CHOLESTEROL_HOMEOSTASIS"), ("ifn", "INTERFERON_ALPHA_RESPONSE"),
        ("ifng", "INTERFERON_GAMMA_RESPONSE"), ("nfkb", "TNFA_SIGNALING_VIA_NFKB"), ("hif", "HYPOXIA"),
        ("g1s", "E2F_TARGETS"), ("g2m", "G2M_CHECKPOINT"), ("p53", "P53_PATHWAY"), ("apoptosis", "APOPTOSIS"),
        ("upr", "UNFOLDED_PROTEIN_RESPONSE"), ("ribosome-biogenesis", "MYC_TARGETS_V2"),
        ("oxphos-nuclear", "OXIDATIVE_PHOSPHORYLATION"), ("pi3k-components", "PI3K_AKT_MTOR_SIGNALING"),
        ("ieg", "TNFA_SIGNALING_VIA_NFKB"), ("nrf2", "REACTIVE_OXYGEN_SPECIES_PATHWAY"),
    ],
)  # fmt: skip
def test_a_panel_is_nearest_to_its_hallmark_set(key: str, hallmark: str, shared_data: Path) -> None:
    """The share of a set's genes that a panel holds, weighted against chance, is the largest for the set of its name."""
    names = {old: new[0] for old, new in gene_aliases().items() if len(new) == 1}
    with (shared_data / "gene_sets" / "h.all.v7.0.symbols.gmt").open(encoding="utf-8") as handle:
        rows = [line.rstrip("\n").split("\t") for line in handle]
    sets = {row[0].removeprefix("HALLMARK_"): {names.get(name, name) for name in row[2:]} for row in rows}
    mine = {gene.symbol for gene in panel(key).genes if gene.sign >= 0}
    score = {name: len(mine & found) ** 2 / len(found) for name, found in sets.items()}
    assert max(score, key=score.__getitem__) == hallmark


@pytest.mark.shared
@pytest.mark.parametrize(
    ("key", "drugs", "sign"),
    [
        ("mtorc1", ("sirolimus", "wortmannin"), -1),
        ("erk", ("trametinib", "pd-0325901", "gefitinib", "lapatinib"), -1),
        ("erk-slow", ("trametinib", "pd-0325901", "gefitinib", "lapatinib"), -1),
        ("hsf1", ("bortezomib", "alvespimycin"), 1),
        ("nrf2", ("bortezomib",), 1),
        ("p53", ("etoposide", "teniposide", "camptothecin"), 1),
        ("srebp", ("simvastatin", "cerivastatin", "atorvastatin"), 1),
    ],
)
def test_real_drugs_move_the_panels_as_their_mechanism_says(
    key: str, drugs: tuple[str, ...], sign: int, shared_data: Path
) -> None:
    """Among 800 drugs of L1000 each is in the outer tenth of the panel's signed mean, over the landmarks it holds."""
    folder = shared_data / "l1000_drugbank_consensus"
    table = pd.read_csv(folder / "genes.tsv", sep="\t").set_index("ensembl_gene_id")["entrez_gene_id"]
    measured = {f"e{table[gene.gene_id]}": gene.sign for gene in panel(key).genes if gene.gene_id in table.index}
    values = pd.read_parquet(folder / "signatures.parquet").set_index("compound_id")
    values = values.div(values.std(axis=1), axis=0)
    score = (values[list(measured)] - values[list(measured)].mean()) @ pd.Series(measured)
    names = pd.read_csv(folder / "compounds.tsv", sep="\t").set_index("compound_id")["name"].str.lower()
    place = (sign * score).rank(pct=True).groupby(names).mean()
    assert len(measured) >= 3
    assert place[list(drugs)].min() > 0.9


def test_roles_are_sentences_of_their_own() -> None:
    roles = [row["role"] for row in raw("gene_roles.tsv")]
    assert len({role.casefold() for role in roles}) == len(roles) == 567
    assert all(30 <= len(role) < 200 for role in roles)
    assert not [role for role in roles if re.search(r"[.\s]$|^\s|\.\s|\s\s", role)]
    assert all(gene.role and gene.source for gene in GENES)


@pytest.mark.shared
def test_roles_do_not_repeat_what_others_wrote(shared_data: Path) -> None:
    def runs(text: str, n: int) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.casefold())
        return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}

    sources = [path.read_text(encoding="utf-8") for path in (shared_data.parent / "sources").glob("*.txt")]
    assert sources
    written = set().union(*(runs(text, 5) for text in sources))
    assert [role for role in (row["role"] for row in raw("gene_roles.tsv")) if runs(role, 5) & written] == []
    with gzip.open(shared_data / "gene_sets" / "l1000_gene_info.tsv.gz", "rt", encoding="utf-8") as handle:
        titles = {row["pr_gene_symbol"]: row["pr_gene_title"] for row in csv.DictReader(handle, delimiter="\t")}
    shared = [gene.symbol for gene in GENES if runs(gene.role, 6) & runs(titles.get(gene.symbol, ""), 6)]
    assert shared == []


def test_gene_role_knows_former_symbols_and_makes_nothing_up() -> None:
    rigi = gene_role("DDX58")
    assert rigi is not None
    assert rigi.symbol == "RIGI"
    assert rigi.low
    assert gene_role("NOT_A_GENE") is None
    assert gene_role("ACTB") is None  # known to vcpi, in no panel


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("mtorc1", "only 5 of 38 genes stand in no other panel"),
        ("erk", "6 of the 25 genes are immediate-early"),
        ("ampk-lysosome", "8 genes stand with the opposite sign in mtorc1"),
        ("nfkb", "8 of the 30 genes are hardly seen"),
        ("ifn", "10 of the 34 genes are hardly seen"),
        ("ifng", "8 of the 20 genes are hardly seen"),
        ("sting-tlr", "13 of the 22 genes are hardly seen"),
        ("sting-tlr", "13 of the 22 genes are shared with ifn and nfkb"),
        ("isr", "9 of the 18 genes are shared with mtorc1"),
        ("srebp", "8 of the 17 genes are shared with mtorc1"),
        ("hdac", "10 genes, 2 of them hardly seen"),
        ("ahr", "only 4 of 6 genes are seen"),
        ("upr", "9 genes only"),
    ],
)
def test_figures_in_the_cautions_are_counted(key: str, said: str) -> None:
    one = panel(key)
    members = {row["panel"]: set() for row in raw("panels.tsv")}
    for row in raw("panel_genes.tsv"):
        members[row["panel"]].add(row["gene_symbol"])
    mine, low = (
        members[key],
        {row["gene_symbol"] for row in raw("gene_roles.tsv") if row["marks"][:3] in {"low", "los"}},
    )
    signs = {(row["panel"], row["gene_symbol"]): int(row["sign"]) for row in raw("panel_genes.tsv")}
    others = set().union(*(found for other, found in members.items() if other in WHOLE and other != key))
    kinds = {
        "stand in no other": len(mine - others),
        "immediate-early": len(mine & members["ieg"]),
        "opposite sign": sum(signs[key, g] * signs.get(("mtorc1", g), 0) < 0 for g in mine),
        "are hardly seen": len(mine & low),
        "of them hardly seen": len(mine & low),
        "with ifn and nfkb": len(mine & (members["ifn"] | members["nfkb"])),
        "with mtorc1": len(mine & members["mtorc1"]),
        "are seen": len(mine - low),
        "genes only": len(mine),
    }
    expected = next(count for words, count in kinds.items() if words in said)
    assert said in one.caution
    assert set(map(int, re.findall(r"\b\d+\b", said))) == {expected, len(mine)} - ({32} if "sign" in said else set())


def test_overlaps_are_all_of_them_and_only_them() -> None:
    members = {key: {g.symbol: g.sign for g in one.genes} for key, one in WHOLE.items()}
    slow = {
        (a, b): ({g for g in members[a] if g in members[b]}, {g for g in members[a] if members[a][g] * members[b].get(g, 0) < 0})
        for a, b in combinations(members, 2)
        if set(members[a]) & set(members[b])
    }  # fmt: skip
    assert {(pair.first, pair.second): (set(pair.shared), set(pair.opposite)) for pair in overlaps()} == slow
    several = Counter(symbol for found in members.values() for symbol in found)
    assert all(several[name] >= 2 for name in ("CXCL10", "DDIT4", "SESN2", "SLC7A11", "BNIP3", "MYC"))
    assert several["NFKBIA"] == 1  # shared with a sum, not with a panel
    assert sum("NFKBIA" in total.symbols for total in sums()) == 1


@pytest.mark.parametrize("one", read_panels(), ids=lambda one: one.key)
def test_without_overlap_keeps_the_rest(one) -> None:
    alone = without_overlap(one)
    own = {one.key, one.variant_of}
    elsewhere = {g for key, other in WHOLE.items() if key not in own for g in other.symbols}
    assert alone.symbols == tuple(symbol for symbol in one.symbols if symbol not in elsewhere)
    assert alone.variant_of == one.key
    assert alone.key != one.key
    assert without_overlap(one, others=[]).genes == one.genes


def test_without_overlap_of_itself_leaves_nothing() -> None:
    with pytest.raises(InputError, match=r"^Panel 'ahr' shares all its genes with other panels; name fewer others$"):
        without_overlap(panel("ahr"), others=[panel("ahr")])


def test_every_name_finds_one_panel_in_any_spelling() -> None:
    for one in read_panels():
        for name in (one.key, *one.aliases):
            for spelled in (name, name.upper(), f" {name} ", name.replace("-", " "), name.replace("-", "_")):
                assert panel(spelled) is one


def test_panel_names_that_are_gene_names_are_known() -> None:
    """The keys of five processes are also names of a gene; no alias adds one."""
    symbols = {gene.gene_symbol for gene in genes()} | set(gene_aliases()) | {"IFNG", "HSF1", "AHR", "NRF2", "P53"}
    known = {name.casefold() for name in symbols if name}
    clashes = {name for one in read_panels() for name in (one.key, *one.aliases) if name.casefold() in known}
    assert clashes == {"ifng", "hsf1", "ahr", "nrf2", "p53"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mtorc", r"^No panel 'mtorc'; the nearest: mtorc1; panels: mtorc1, pi3k-components, .*, ahr$"),
        ("interferron", r"the nearest: ifn"),
        ("zzzz", r"^No panel 'zzzz'; panels: mtorc1,"),
        ("", r"^No panel ''; panels: "),
    ],
)
def test_unknown_panels_list_what_exists(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        panel(name)
    assert "\n" not in str(caught.value)


def test_every_panel_says_what_it_means_and_stands_under_an_axis() -> None:
    seeds = {axis.key for axis in axes() if axis.seed}
    assert (len(seeds), len(modules())) == (9, 5)
    for one in read_panels():
        assert all((one.title, one.meaning, one.caution, one.source, one.axis)), one.key
        assert not {"\n", "\t"} & set(one.meaning + one.caution)
        assert not (one.meaning + one.caution).endswith(".")
    listed = {key for group in (*axes(), *modules()) for key in group.panels}
    assert listed == {one.key for one in read_panels()}


@pytest.mark.parametrize(
    ("axis", "leading", "missing"),
    [
        ("pi3k-akt-mtor", "ATG13 RPTOR MLST8 LAMTOR2 MAPKAP1 SESN2 EIF4EBP1 DDIT4 PIK3R1 GSK3B FOXO3 BAD FOXO1 AKT2", ""),
        ("ras-erk", "EGR1 DUSP6 FOS DUSP4 JUN DUSP5 ETS1", ""),
        ("tlr-sting", "MX1 OAS1 OAS2 ISG15 TNFAIP3 IFIT3 IFIT1 IRF7", ""),
        ("ampk-autophagy", "TBC1D4 STRADA SIRT1 SESN2 ACACA STK11 DDIT4 PRKAB2", "DDIT4"),
        ("cycle-apoptosis-p53", "RRM2B CDKN1A BBC3 SESN1 GADD45G BCL2 DDB2 SESN3", "GADD45G SESN3"),
        ("hif-metabolism", "SLC2A1 PDK1 LDHA VEGFA", ""),
    ],
)  # fmt: skip
def test_axes_hold_the_leading_genes_of_the_hand_made_report(axis: str, leading: str, missing: str) -> None:
    assert set(leading.split()) - set(group_panel(axis).symbols) == set(missing.split())


@pytest.mark.parametrize("group", [*modules(), *axes()], ids=lambda group: group.key)
def test_a_group_is_the_union_of_its_panels(group) -> None:
    united = group_panel(group.key)
    assert set(united.symbols) == {symbol for key in group.panels for symbol in panel(key).symbols}
    for gene in united.genes:
        given = {other.sign for key in group.panels for other in panel(key).genes if other.symbol == gene.symbol} - {0}
        assert gene.sign == (given.pop() if len(given) == 1 else 0)
    assert getattr(united, group.kind) == group.key


def test_an_unknown_group_lists_what_exists() -> None:
    with pytest.raises(InputError, match=r"^No module or axis 'moods'; there are: inflammatory, adaptive-stress, "):
        group_panel("moods")


@given(
    st.lists(
        st.sampled_from(["FOS", "fos", "GLUT1", "SLC2A1", "ENSG00000170345.9", "NEW-1", "new-1", "  "]), min_size=1
    )
)
def test_a_users_panel_names_each_gene_once(symbols: list[str]) -> None:
    gene_of = {"fos": "FOS", "ENSG00000170345.9": "FOS", "GLUT1": "SLC2A1", "new-1": "NEW-1"}
    expected = {gene_of.get(name, name) for name in symbols if name.strip()}
    if not expected:
        with pytest.raises(InputError, match="has no genes"):
            panel_of_genes("mine", symbols)
        return
    mine = panel_of_genes("mine", symbols)
    assert {gene_of.get(symbol, symbol) for symbol in mine.symbols} == expected
    assert len(mine.symbols) == len(expected)
    assert (mine.kind, mine.signed, {gene.sign for gene in mine.genes}) == ("user", False, {0})


def test_a_users_panel_needs_a_name() -> None:
    with pytest.raises(InputError, match=r"^Panel has a blank name; "):
        panel_of_genes(" ", ["FOS"])


def test_gene_status_has_four_words() -> None:
    assert list(map(str, GeneStatus)) == ["measured", "low", "not quantifiable", "absent"]


def test_a_version_means_one_content() -> None:
    """Whoever changes a table gives the panels a new version, and writes its digest here."""
    text = "".join(files("vcpi.data").joinpath(name).read_text(encoding="utf-8") for name in TABLES)
    assert DIGESTS[VERSION] == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("IFN-alpha", "ifn"),
        ("interferon alpha", "ifn"),
        ("interferon gama", "ifng"),
        ("hypoxya", "hif"),
        ("heat shok", "hsf1"),
        ("cholesterl", "srebp"),
        ("NF-kappaB", "nfkb"),
        ("unfolded proteins", "upr"),
        ("mTOR inhibitor", "mtorc1"),
    ],
)
def test_a_process_is_found_by_what_a_biologist_may_call_it(asked: str, first: str) -> None:
    assert nearest_panels(asked)[0][0] == first


@pytest.mark.parametrize("asked", ["zzzz", "", "?", "everolimus"])
def test_what_is_like_no_process_gets_none(asked: str) -> None:
    assert nearest_panels(asked) == []


def test_every_key_alias_and_title_is_nearest_to_itself() -> None:
    for one in read_panels():
        for name in (one.key, *one.aliases, one.title):
            likest = nearest_panels(name, n=60)
            assert one.key in [key for key, _ in likest], name
