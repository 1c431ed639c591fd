"""Work on the workers of a Dask cluster, of one machine or many; the extra ``dask``.

Nothing is kept on the workers: every part travels with its task, so that a part whose worker died is done by another.
Dask gives a part up when it has stopped four workers.
"""

from __future__ import annotations

import logging
import queue
import re
import threading
import time
import warnings
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from vcpi.assemble.partitions import facts, rest
from vcpi.assemble.scheduling import ahead, at_home
from vcpi.errors import InputError, MissingDependencyError, VcpiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CONNECT_S = 10.0
GRACE_S = 2.0  # in which a client is made and unmade
PATIENCE_S = 60.0  # without any worker, or without the scheduler
POLL_S = 1.0
ASK_S = 10.0  # that a worker may be silent when it is asked for its versions
QUIET = ("distributed", "distributed.client", "distributed.core", "distributed.comm", "tornado", "tornado.application")
_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[^/\s:@\[\]]+):(\d{1,5})/?")

P = TypeVar("P")
R = TypeVar("R")


@contextmanager
def dask_scheduler(
    address: str, *, connect_s: float = CONNECT_S, patience_s: float = PATIENCE_S
) -> Iterator[DaskScheduler]:
    """Connect to a Dask scheduler whose workers are checked.

    Parameters
    ----------
    address
        ``tcp://host:port``, or ``tls://host:port`` with the certificates of Dask's own settings.
    connect_s
        Seconds in which the scheduler has to answer.
    patience_s
        Seconds that are waited for a worker, at the start and whenever none is left.

    Raises
    ------
    InputError
        The address is none.
    MissingDependencyError
        Dask is not installed.
    VcpiError
        Nothing answers there, there are no workers, or one has other versions than this process.
    """
    check_address(address)
    try:
        import dask  # an extra, and a second that no other verb pays
        import distributed
    except ImportError as error:
        message = "Building with --scheduler needs dask and distributed; run: pip install 'vcpi-search[dask]'"
        raise MissingDependencyError(message) from error
    # what cannot be done is said once, by us; a plate's profiles may travel with their task
    settings = {
        "distributed.admin.large-graph-warning-threshold": "1GB",
        "distributed.comm.timeouts.connect": connect_s,
    }
    with _quiet(), dask.config.set(settings):
        client = _client(distributed.Client, address, connect_s)
        try:
            scheduler = DaskScheduler(client, address, patience_s=patience_s)
            scheduler.check()
            yield scheduler
        finally:
            with suppress(Exception):  # workers that are gone have nothing to end
                client.run(rest, on_error="ignore")
            with suppress(Exception):
                client.close(timeout=connect_s)


def _client(make: Any, address: str, connect_s: float) -> Any:  # noqa: ANN401  an extra without types
    """Connect, in a thread: whoever takes the call and says nothing must not hold this one."""
    made: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def connect() -> None:
        try:
            made.put(make(address, timeout=connect_s, set_as_default=False, name="vcpi"))
        except Exception as error:  # noqa: BLE001  whatever else may stand at that port
            made.put(error)

    threading.Thread(target=connect, daemon=True).start()
    try:
        client = made.get(timeout=connect_s + GRACE_S)
    except queue.Empty:
        client = TimeoutError(f"no answer in {connect_s:g} s")
    if isinstance(client, Exception):
        message = (
            f"No Dask scheduler answers at {address} within {connect_s:g} s; start one with 'dask scheduler' "
            "and workers with 'dask worker', or build without --scheduler"
        )
        raise VcpiError(message) from client
    return client


def check_address(address: str) -> None:
    """Say what is wrong with the address of a scheduler.

    Raises
    ------
    InputError
        It is not ``tcp://host:port`` or ``tls://host:port``.

    Examples
    --------
    >>> check_address("tcp://127.0.0.1:8786")
    """
    match = _ADDRESS.fullmatch(address)
    if match is None or not 0 < int(match[3]) < 2**16:
        raise InputError(f"Scheduler is {address!r:.100}; expected tcp://host:port, as 'dask scheduler' prints it")


class DaskScheduler:
    """Does the work on the workers of a Dask cluster.

    Parameters
    ----------
    client
        The connection.
    address
        As the user wrote it.
    patience_s
        Seconds that are waited for a worker where there is none.
    """

    def __init__(self, client: Any, address: str, *, patience_s: float = PATIENCE_S) -> None:  # noqa: ANN401  an extra
        self.client, self.address, self.patience_s = client, address, patience_s

    def check(self) -> None:
        """Wait for a worker, and compare the versions of all with those here.

        Raises
        ------
        VcpiError
            There is no worker, or one would give other results.
        """
        try:
            self.client.wait_for_workers(1, timeout=self.patience_s)
        except TimeoutError as error:
            raise VcpiError(self._no_workers()) from error
        here, since = facts(), time.monotonic()
        while mute := self._refuse_others(here):
            worker, fault = mute
            if time.monotonic() - since > ASK_S:
                said = (str(fault).splitlines() or [type(fault).__name__])[0]
                raise VcpiError(f"Worker {worker} cannot be asked for its versions ({said:.200})")
            time.sleep(POLL_S / 5)

    def _refuse_others(self, here: dict[str, str]) -> tuple[str, BaseException] | None:
        """Refuse workers of other versions; name one that did not answer, perhaps since it ended in this moment."""
        mute = None
        for worker, there in sorted(self.client.run(_look(), on_error="return").items()):
            if isinstance(there, BaseException):
                mute = worker, there
            else:
                refuse_other(worker, there, here)
        return mute

    def run(
        self, function: Callable[[P], R], parts: Iterable[P], *, lost: Callable[[P], R] | None = None
    ) -> Iterator[R]:
        """Yield one result per part, in the order of the parts.

        At most twice as many parts as the workers have threads, and two, are under way at a time.
        """
        from distributed.scheduler import KilledWorker  # loaded with the connection

        here = facts()
        most = 2 * max(sum(self._threads().values()), 1) + 2
        submitted = (
            (self.client.submit(_checked, function, part, here, pure=False, retries=0), part) for part in parts
        )
        with closing(ahead(submitted, most, drop=_drop)) as begun:
            for number, (future, part) in enumerate(begun, start=1):
                try:
                    result = self._result(future)
                except KilledWorker as error:
                    result = at_home(part, number, lost=lost, cause=error)
                except CancelledError as error:
                    raise VcpiError(self._gone()) from error
                except ImportError as error:  # a worker that came later and knows no vcpi
                    raise VcpiError(f"A worker of {self.address} cannot load vcpi ({error})") from error
                finally:
                    future.release()
                yield result

    def _result(self, future: Any) -> Any:  # noqa: ANN401
        """Wait for a result as long as somebody may be at it."""
        since = time.monotonic()
        while True:
            try:
                return future.result(timeout=POLL_S)
            except TimeoutError:
                if future.status == "error":  # the function's own
                    raise
            if self.client.status != "running":
                complaint = self._gone()
            elif not self._threads():
                complaint = self._no_workers()
            else:
                since = time.monotonic()
                continue
            if time.monotonic() - since > self.patience_s:
                raise VcpiError(complaint)

    def _threads(self) -> dict[str, int]:
        """Ask how many threads each worker has; none where the scheduler does not answer."""
        try:
            return dict(self.client.nthreads())
        except (OSError, TimeoutError, CancelledError):
            return {}

    def _no_workers(self) -> str:
        """Say that there is none to work."""
        return (
            f"Scheduler {self.address} has no worker for {self.patience_s:g} s; nothing was changed; "
            f"start some with 'dask worker {self.address}'"
        )

    def _gone(self) -> str:
        """Say that the scheduler is lost."""
        return f"The connection to scheduler {self.address} was lost; nothing was changed; run this again"


def refuse_other(worker: str, there: dict[str, str], here: dict[str, str]) -> None:
    """Refuse a worker that would give other results.

    Raises
    ------
    VcpiError
        It has another version of vcpi, RDKit or NumPy, or other code under the same version.

    Examples
    --------
    >>> refuse_other("tcp://10.0.0.2:4000", {"rdkit": "2026.3.1"}, {"rdkit": "2026.9.1"})
    Traceback (most recent call last):
    vcpi.errors.VcpiError: Worker tcp://10.0.0.2:4000 has rdkit 2026.3.1, here is 2026.9.1; ...
    """
    for name, version in here.items():
        found = there.get(name, "not at all")
        if found != version:
            what = "other code of vcpi under the same version:" if name == "code" else name
            raise VcpiError(
                f"Worker {worker} has {what} {found}, here is {version}; results would differ; nothing was changed; "
                "install the same versions on all workers"
            )


def _look() -> Callable[[], dict[str, str]]:
    """Make a function that travels whole, since a worker may have no vcpi to look it up in."""

    def look() -> dict[str, str]:
        import importlib

        try:
            return dict(importlib.import_module("vcpi.assemble.partitions").facts())
        except ImportError:
            try:
                return {"vcpi": str(importlib.import_module("vcpi.version").__version__)}
            except ImportError:
                return {}

    return look


def _checked(function: Callable[[P], R], part: P, expected: dict[str, str]) -> R:
    """Be the worker: refuse where results would differ, else do the part."""
    refuse_other("that joined later", facts(), expected)
    return function(part)


def _drop(item: tuple[Any, Any]) -> None:
    """Let what was handed out not begin."""
    with suppress(Exception):  # the scheduler may be gone
        item[0].cancel()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log of Dask's connections off stderr: what ends the work is told in one line."""
    loggers = [logging.getLogger(name) for name in QUIET]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
