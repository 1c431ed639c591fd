"""Many readers of one server while a writer changes the workspace: no error, and each answer is of one version.

    python scripts/load_web.py WORKSPACE [--readers 50] [--writes 5]

Works on copies. A first copy is asked after each write, by one reader: these are the answers that may be given. Readers
then ask a second copy over connections of their own, from before the first write until after the last. The exit status is 1
where an answer is an error or of no version, or an older one comes after a newer one on a connection.
"""

from __future__ import annotations

import argparse
import http.client
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from browser import served

from vcpi.assemble.libraries import ingest_compounds

QUESTION = "/api/v1/analogs?name=CCCCCCCCN&k=40"
HTTP_OK = 200


def asked(connection: http.client.HTTPConnection) -> tuple[int, str]:
    """Ask the question once."""
    connection.request("GET", QUESTION)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def connect(site: str) -> http.client.HTTPConnection:
    """Connect to a server."""
    return http.client.HTTPConnection(urlsplit(site).netloc, timeout=120)


def copied(workspace: Path, home: Path) -> Path:
    """Copy a workspace."""
    for part in ("db", "index"):
        shutil.copytree(workspace / part, home / part)
    return home


def rehearsed(home: Path, files: list[Path]) -> list[str]:
    """Give the answer before the first write and after each."""
    with served(home) as site:
        connection = connect(site)
        versions = [asked(connection)[1]]
        for file in files:
            ingest_compounds(home, file)
            versions.append(asked(connection)[1])
        connection.close()
    if len(set(versions)) != len(versions):
        raise SystemExit("two versions answer alike: the run would show nothing")
    return versions


def main() -> int:
    """Rehearse, then read and write at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--readers", type=int, default=50)
    parser.add_argument("--writes", type=int, default=5)
    given = parser.parse_args()
    seen: list[list[int]] = [[] for _ in range(given.readers)]
    wrong: list[str] = []
    done = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number in range(given.writes):
            files.append(Path(folder, f"more-{number}.csv"))
            files[-1].write_text(f"name,smiles\nalkanol-{number},{'C' * (number + 3)}O\n", encoding="utf-8")
        versions = rehearsed(copied(given.workspace, Path(folder, "rehearsal")), files)
        number_of = {text: number for number, text in enumerate(versions)}
        home = copied(given.workspace, Path(folder, "run"))

        def read(site: str, found: list[int]) -> None:
            """Ask until the writer is done, and once more."""
            connection = connect(site)
            last = False
            while not last:
                last = done.is_set()
                try:
                    status, text = asked(connection)
                except (OSError, http.client.HTTPException) as error:
                    wrong.append(repr(error))
                    connection = connect(site)
                    continue
                if status != HTTP_OK or text not in number_of:
                    wrong.append(f"{status} {text[:200]}")
                else:
                    found.append(number_of[text])
            connection.close()

        with served(home) as site:
            threads = [threading.Thread(target=read, args=(site, found)) for found in seen]
            for thread in threads:
                thread.start()
            for file in files:
                time.sleep(1)
                ingest_compounds(home, file)
            done.set()
            for thread in threads:
                thread.join()
    behind = sum(found != sorted(found) for found in seen)
    newest = sum(found[-1:] == [given.writes] for found in seen)
    print(f"{given.readers} readers, {sum(map(len, seen))} answers, {given.writes} writes, {len(wrong)} wrong")
    print(f"readers that saw an older version after a newer one: {behind}; that saw the newest at the end: {newest}")
    print("\n".join(wrong[:5]))
    return int(bool(wrong or behind))


if __name__ == "__main__":
    sys.exit(main())
