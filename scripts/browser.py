"""Chromium, driven through its own protocol over pipes: nothing to install beside the browser."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--remote-debugging-pipe")  # fmt: skip

PHONE = 600  # pixels below which a window is a phone's


@dataclass
class Browser:
    """One tab of a headless browser in a fresh profile."""

    profile: Path
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __enter__(self) -> Browser:
        to_browser, ours_out = os.pipe()
        ours_in, from_browser = os.pipe()

        def pipes() -> None:
            """Give the browser its pipes as 3 and 4, where it looks for them."""
            a, b = os.dup(to_browser), os.dup(from_browser)
            os.dup2(a, 3), os.dup2(b, 4)

        command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={self.profile}", "about:blank"]
        self._process = subprocess.Popen(command, preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: PLW1509  # fmt: skip
        os.close(to_browser), os.close(from_browser)
        self._out, self._in, self._rest, self._n, self._session = ours_out, ours_in, b"", 0, None
        target = next(one for one in self.send("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self._session = self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for part in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{part}.enable")
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)
        return self

    def __exit__(self, *exception: object) -> None:
        session, self._session = self._session, None
        try:
            self.send("Browser.close")
        except (OSError, TimeoutError):
            self._process.kill()
        self._process.wait(20)
        os.close(self._out), os.close(self._in)
        self._session = session

    def send(self, method: str, **params: object) -> dict:
        """Send a command and wait for its answer."""
        self._n += 1
        message = {"id": self._n, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            found = self._next(60)
            if found.get("id") == self._n:
                if "error" in found:
                    raise AssertionError(f"{method}: {found['error']}")
                return found["result"]

    def _next(self, seconds: float) -> dict:
        """Read one message, and keep what was requested and what went wrong."""
        while b"\0" not in self._rest:
            if not select.select([self._in], [], [], seconds)[0]:
                raise TimeoutError
            part = os.read(self._in, 1 << 20)
            if not part:
                raise OSError("the browser went away")
            self._rest += part
        text, self._rest = self._rest.split(b"\0", 1)
        found = json.loads(text)
        method, params = found.get("method"), found.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(str(details.get("exception", details).get("description", details)))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Runtime.consoleAPICalled" and params["type"] == "error":
            self.errors.append(str(params["args"]))
        return found

    def go(self, url: str) -> None:
        """Open a page and wait until it is there with all it fetches."""
        self.send("Page.navigate", url=url)
        self.until(f"document.readyState == 'complete' && location.href != 'about:blank' && performance.getEntriesByType('navigation')[0].name.split('#')[0] == {json.dumps(url.partition('#')[0])}")  # fmt: skip

    def run(self, script: str) -> object:
        """Run a script and return its value."""
        found = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise AssertionError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def until(self, script: str, seconds: float = 30) -> object:
        """Wait until a script is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                found = self.run(script)
            except AssertionError:  # the page is being exchanged
                found = None
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"never true: {script}\n{self.run('document.body.innerText.slice(0, 500)')}")

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        """Set the window, and light or dark."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < PHONE
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.send("Emulation.setEmulatedMedia", features=scheme)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.send("Input.insertText", text=text)

    def press(self, key: str) -> None:
        """Press one key."""
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38}
        more = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key], **(more if kind == "keyDown" else {}))  # fmt: skip

    def click(self, x: float, y: float) -> None:
        """Click at a place of the window."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="none" if kind == "mouseMoved" else "left", clickCount=1)  # fmt: skip

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Take a screenshot."""
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))
