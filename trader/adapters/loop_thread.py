"""An asyncio event loop on a thread of its own, for servers that stand beside a program that does not use asyncio."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

_Result = TypeVar("_Result")


class LoopThread:
    """Runs from its making to :meth:`stop`.

    Args:
        name: The thread's.

    Attributes:
        loop: What it runs; only :meth:`run` and :meth:`stop` may be called from other threads.
    """

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.loop.set_task_factory(self._begin)
        self._thread = threading.Thread(target=self.loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def _begin(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, _Result] | Generator[Any, None, _Result],
        /,
        **options: Any,  # noqa: ANN401 -- which ones there are depends on Python's version
    ) -> asyncio.Task[_Result]:
        """A task that is held until it is done.

        asyncio itself does not hold one, and forgets the one that serves a connection as soon as its client has gone:
        with the other end still open, the garbage collector would take it, and that end would never be closed.
        """
        task = asyncio.Task(work, loop=loop, **options)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Do this on the loop, and wait for it: what it returns, or the error that it raises."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def stop(self, stop_listening: Callable[[], None]) -> None:
        """End it all and wait until the thread is gone. A second call does nothing.

        Args:
            stop_listening: Is called first, on the loop, so that nobody new is let in.
        """
        if self.loop.is_closed():
            return
        self.run(_end(stop_listening))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


async def _end(stop_listening: Callable[[], None]) -> None:
    stop_listening()
    await asyncio.sleep(0)  # who was just let in gets a task, which ends with the others
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
