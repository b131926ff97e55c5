"""Faults of a FIX session on real connections, between any client and any venue.

It listens where the client connects, connects where the venue listens, and passes on what comes. What goes wrong on the
way is said by pure rules (``simulator.faults.session``); here are the sockets, all on one thread.
"""

import asyncio
import contextlib
import socket
import struct
from typing import Any

from simulator.fault_log import FaultLog
from simulator.faults.scenario import Scenario
from simulator.faults.session.actions import To
from simulator.faults.session.effects import Effect, HangUp, Pass, StopReading
from simulator.faults.session.faults import Line, SessionFaults
from simulator.wire.session_settings import LOOPBACK
from trader.adapters.loop_thread import LoopThread
from trader.domain.errors import ConfigError

_CHUNK_BYTES = 65_536
_WAITING_MAX = 10_000  # messages that are held back; beyond that nothing more is read of the sender
_RECEIVE_BUFFER_BYTES = 4_096  # so that a sender soon notices that nobody reads
_MS_PER_S = 1_000
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing resets the connection


class Proxy:
    """Listens from its making to :meth:`stop`, on a thread of its own.

    Args:
        scenario: Whose ``[[session]]`` rules apply.
        seed: Of their chances.
        host: The venue's.
        port: The venue's.
        listen_port: Where to listen on the loopback interface; 0 takes any free port.
        log: Where the faults are told.

    Attributes:
        port: Where it listens.

    Raises:
        ConfigError: The port to listen on is taken.
    """

    def __init__(self, scenario: Scenario, seed: int, host: str, port: int, listen_port: int, log: FaultLog) -> None:
        self._faults = SessionFaults(scenario.session, seed)
        self._target = (host, port)
        self._log = log
        self._own = LoopThread("fix-proxy")
        self._server: asyncio.Server | None = None
        self.port = listen_port
        try:
            self._own.run(self._listen())
        except OSError as error:
            self.stop()
            raise ConfigError(f"cannot listen on port {listen_port}: {error}; expected a free port, or 0") from error

    def stop(self) -> None:
        """Stop listening, end all connections, and wait until the thread is gone. A second call does nothing."""
        self._own.stop(self._stop_listening)
        self._log.close()

    async def _listen(self) -> None:
        listener = socket.create_server((LOOPBACK, self.port))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)  # those it accepts inherit it
        self.port = listener.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, sock=listener)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until the proxy stops."""
        with contextlib.suppress(asyncio.CancelledError):
            await self._connect(reader, writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until both ends have gone or a rule has ended it."""
        try:
            venue_reader, venue_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()  # the venue is not there: to the client neither
            return
        writers = {To.CLIENT: writer, To.VENUE: venue_writer}
        connection = _Connection(self._faults.connect(), writers, self._log, self._faults, self._own.loop)
        ending = None
        try:
            ending = await connection.run({To.VENUE: reader, To.CLIENT: venue_reader})
            if ending is not None and ending.away_ms:
                self._stop_listening()  # before anybody sees the end, and comes back
        finally:
            for each in writers.values():
                _close(each, abruptly=ending is not None and ending.abrupt)
        if ending is not None and ending.away_ms:
            await asyncio.sleep(ending.away_ms / _MS_PER_S)
            await self._listen()

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


def _close(writer: asyncio.StreamWriter, *, abruptly: bool) -> None:
    if abruptly:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        writer.transport.abort()
    else:
        writer.close()


class _Connection:
    """Both ways between one client and the venue."""

    def __init__(
        self,
        line: Line,
        writers: dict[To, asyncio.StreamWriter],
        log: FaultLog,
        faults: SessionFaults,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._line = line
        self._writers = writers
        self._log, self._faults, self._loop = log, faults, loop
        self._begun_s = loop.time()
        # What goes each way, with the moment from which it may; None is the end of what goes there.
        self._queues: dict[To, asyncio.Queue[tuple[float, Pass | HangUp] | None]] = {
            to: asyncio.Queue(_WAITING_MAX) for to in To
        }
        self._ending: asyncio.Future[HangUp] = loop.create_future()

    async def run(self, readers: dict[To, asyncio.StreamReader]) -> HangUp | None:
        """Pass on until a rule hangs up, which is returned, or both ends have gone."""
        tasks = [self._loop.create_task(self._read(to, readers[to])) for to in To]
        tasks += [self._loop.create_task(self._write(to)) for to in To]
        both_ways = asyncio.gather(*tasks)
        ends: list[asyncio.Future[Any]] = [both_ways, self._ending]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, both_ways, return_exceptions=True)
        return self._ending.result() if self._ending.done() else None

    async def _read(self, to: To, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                chunk = await reader.read(_CHUNK_BYTES)
            except OSError:
                chunk = b""  # it went without a goodbye
            elapsed_ms = (self._loop.time() - self._begun_s) * _MS_PER_S
            effects = self._line.feed(to, chunk, elapsed_ms) if chunk else self._line.end(to)
            self._log.write(self._faults)
            for effect in effects:
                await self._take(effect)
            if not chunk:
                break
        if not self._line.is_deaf(to):
            await self._queues[to].put(None)

    async def _take(self, effect: Effect) -> None:
        if isinstance(effect, StopReading):
            await asyncio.sleep(effect.ms / _MS_PER_S)
            return
        after_ms = effect.after_ms if isinstance(effect, Pass) else 0.0
        await self._queues[effect.to].put((self._loop.time() + after_ms / _MS_PER_S, effect))

    async def _write(self, to: To) -> None:
        writer = self._writers[to]
        while (item := await self._queues[to].get()) is not None:
            due_s, effect = item
            if (wait_s := due_s - self._loop.time()) > 0:
                await asyncio.sleep(wait_s)
            if isinstance(effect, HangUp):
                self._ending.set_result(effect)
                return
            try:
                writer.write(effect.data)
                await writer.drain()
            except OSError:
                continue  # it has gone: what is sent to it is lost
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()
