"""A relay on the loopback interface that changes BeginString(8) between two ends that say it differently.

QuickFIX refuses every BeginString but FIX.4.0 to FIX.4.4 and FIXT.1.1, so a session with IMIX.2.0 goes through here. It
passes on what comes, when it comes: bytes, half-closed connections, and the end. A body is never touched, see
:mod:`trader.fix.begin_string`.
"""

import asyncio
from dataclasses import dataclass

from trader.adapters.loop_thread import LoopThread
from trader.fix.begin_string import with_begin_string

_CHUNK_BYTES = 65_536
_CONNECT_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Versions:
    """BeginString(8) on the two sides of a relay.

    Attributes:
        caller: As whoever connects to the relay says it.
        target: As it is said where the relay connects to.
    """

    caller: str
    target: str


class Relay:
    """Listens on the loopback interface from its making to :meth:`stop`; each caller gets a connection to the target.

    All of it runs on one thread of its own.

    Args:
        versions: What is rewritten, in both directions.
        host: The target's.
        port: The target's.
        listen_port: Where to listen; 0 takes any free port.

    Attributes:
        host: Where it listens.
        port: Where it listens.

    Raises:
        OSError: The port to listen on is taken.
    """

    host = "127.0.0.1"

    def __init__(self, versions: Versions, host: str, port: int, *, listen_port: int = 0) -> None:
        self._versions = versions
        self._target = (host, port)
        self._own = LoopThread("fix-relay")
        self._server: asyncio.Server | None = None
        try:
            self._server = self._own.run(asyncio.start_server(self._serve, self.host, listen_port))
        except OSError:
            self.stop()
            raise
        self.port: int = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Stop listening, end all connections, and wait until the thread is gone. A second call does nothing."""
        self._own.stop(self._stop_listening)

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One caller, until both ends have said all they had to say, or one of them is gone."""
        caller, target = self._versions.caller, self._versions.target
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                target_reader, target_writer = await asyncio.open_connection(*self._target)
            try:
                async with asyncio.TaskGroup() as both_ways:
                    both_ways.create_task(_pass_on(reader, target_writer, caller, target))
                    both_ways.create_task(_pass_on(target_reader, writer, target, caller))
            finally:
                target_writer.transport.abort()
        except* OSError:
            pass  # the target is not there, or one end went without a goodbye: so does the other
        finally:
            writer.transport.abort()  # everything that was passed on has left


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, old: str, new: str) -> None:
    """One direction, up to and including its end."""
    writer.transport.set_write_buffer_limits(high=0)  # so that what is drained has left
    rest = b""
    while chunk := await reader.read(_CHUNK_BYTES):
        ready, rest = with_begin_string(rest + chunk, old, new)
        writer.write(ready)
        await writer.drain()
    writer.write(rest)
    await writer.drain()
    writer.write_eof()
