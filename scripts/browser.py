"""The machine's own Chromium, driven by playwright, and a server to look at: for the tests of the pages and their pictures."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
ARGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync")  # fmt: skip
DESKTOP, PHONE = (1280, 900), (390, 844)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the browser of the machine, without a window; never one that playwright would download."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        yield browser
        browser.close()


@dataclass
class Watch:
    """What pages asked for, and what went wrong in them."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Record what all pages of a context do from now on."""

        def spoke(message: ConsoleMessage) -> None:
            """Keep an error of the console, refusals of the content security policy among them."""
            if message.type == "error":
                self.errors.append(f"{message.text} {message.location.get('url', '')}".strip())

        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", spoke)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))

    def foreign(self, site: str) -> list[str]:
        """List what was asked of another machine than the one that serves the site."""
        return [one for one in self.requests if not one.startswith((f"{site}/", "data:", "blob:", "about:"))]


@contextmanager
def tab(
    browser: Browser,
    *,
    size: tuple[int, int] = DESKTOP,
    dark: bool = False,
    script: bool = True,
    watch: Watch | None = None,
) -> Iterator[Page]:
    """Open one tab in a fresh profile."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, is_mobile=size == PHONE, has_touch=size == PHONE,
        color_scheme="dark" if dark else "light", java_script_enabled=script, accept_downloads=True,
    )  # fmt: skip
    if watch is not None:
        watch.over(context)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


@contextmanager
def served(home: Path | str, *words: str) -> Iterator[str]:
    """Run ``vcpi serve`` on a free port of this machine; yield its address."""
    command = [sys.executable, "-m", "vcpi", "--home", str(home), "serve", "--port", "0", *words]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"})
    assert server.stderr is not None  # noqa: S101  asked for above
    said: list[str] = []
    for line in server.stderr:
        said.append(line)
        if found := re.search(r"served at (http://\S+?)/? ", line):
            break
    else:
        raise RuntimeError(f"vcpi serve did not start: {''.join(said)}")
    try:
        yield found[1]
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stderr.close()
