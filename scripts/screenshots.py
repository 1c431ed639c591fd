"""Take a picture of every page of a workspace, as wide as a desk's and a phone's, to be looked at.

    python scripts/screenshots.py WORKSPACE FOLDER [--dark] [--only NAME...]

Needs the extra ``browser`` and Chromium. Ends with status 1 where a page asks another machine or a script fails.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from browser import DESKTOP, PHONE, Watch, launched, served, tab

PAGES = {
    "start": "/",
    "like": "/like?name=everolimus",
    "opposite": "/like?name=everolimus&reverse=1",
    "several": "/like?name=sirolimus&name=everolimus",
    "not-measured": "/like?name=CC(%3DO)Oc1ccccc1C(%3DO)O",
    "analogs": "/analogs?name=everolimus",
    "substructure": "/substructure?smarts=C(%3DO)NO",
    "sketch": "/sketch?name=CC(%3DO)Oc1ccccc1C(%3DO)O",
    "genes": "/genes",
    "query": "/query?up=MX1+ISG15+IFIT3+OAS1+IFI6+STAT1+IRF7+MX2+IFIT1+IFI44L+NOTAGENE&down=HMGCR+LDLR",
    "compound": "/compound?name=sirolimus",
    "explain": "/explain?query=everolimus&hit=torin-1",
    "compare": "/compare?name=sirolimus&name=tacrolimus&name=vorinostat",
    "compare-empty": "/compare",
    "rank": "/rank?by=ifn",
    "rank-empty": "/rank",
    "cliffs": "/cliffs",
    "hops": "/hops",
    "about": "/about",
    "evaluate": "/about?evaluate=1",
    "unknown": "/like?name=evrolimus",
    "no-page": "/nothing",
}

LOADED = """Promise.all([...document.images].map(image => {
    image.loading = 'eager';
    return image.complete || new Promise(done => { image.onload = image.onerror = done; });
})).then(() => true)"""


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--only", nargs="+", choices=PAGES, default=list(PAGES))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    watch, shade, foreign = Watch(), "-dark" if given.dark else "", []
    with served(given.workspace) as site, launched() as browser:
        for place, size in (("desk", DESKTOP), ("phone", PHONE)):
            with tab(browser, size=size, dark=given.dark, watch=watch) as page:
                page.set_default_timeout(120_000)
                for name in given.only:
                    page.goto(site + PAGES[name], wait_until="networkidle")
                    page.evaluate(LOADED)
                    page.screenshot(path=given.folder / f"{name}-{place}{shade}.png", full_page=True)
        foreign = watch.foreign(site)
    faults = foreign + [one for one in watch.errors if "status of 404" not in one]
    print(f"{2 * len(given.only)} pictures in {given.folder}; {len(watch.requests):,} requests, none to another machine"
          if not faults else "\n".join(faults))  # fmt: skip
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
