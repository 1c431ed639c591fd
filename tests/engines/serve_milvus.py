"""Run the Milvus of this Python in the network that it finds itself in; a unix socket is its one door.

Started by the tests as ``unshare --net PYTHON serve_milvus.py DATA SOCKET [SETTING...]``: the server listens on all interfaces and
asks nobody who they are, so that it gets a network with none but its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys

PIECE = 1 << 18


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way."""
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def relay(port: int, socket: str) -> None:
    """Carry bytes between the socket and the server until told to end."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    async with await asyncio.start_unix_server(one, socket):
        print("ready", flush=True)  # noqa: T201  what the tests wait for
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        await stopped.wait()


def main() -> None:
    """Start the server, carry, and end it."""
    from milvus import MilvusServer, MilvusServerConfig  # this Python has it, that of the tests has not

    data, socket, *settings = sys.argv[1:]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    config = MilvusServerConfig(data_dir=data)
    for name in settings:
        config.set(name, True)
    server = MilvusServer(config)
    server.start()
    try:
        asyncio.run(relay(server.listen_port, socket))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
