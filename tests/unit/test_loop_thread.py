"""An event loop on a thread of its own: what it has begun goes on until it is stopped."""

import asyncio
import gc

from trader.adapters.loop_thread import LoopThread


def test_a_task_that_nobody_else_holds_is_not_collected_as_garbage() -> None:
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except BaseException as error:
            ended.append(type(error).__name__)
            raise

    async def begin() -> None:
        asyncio.get_running_loop().create_task(wait())
        await asyncio.sleep(0)  # it runs until it waits

    own = LoopThread("test")
    own.run(begin())
    gc.collect()
    assert ended == []
    own.stop(lambda: None)
    assert ended == ["CancelledError"]
