"""The bounded queue between the fan-out and the task that writes one connection's pushes."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import Any, Callable, Optional

from starlette.websockets import WebSocketDisconnect

from .fanout import Fanout
from .push import Push

PEER_GONE = 1006
TRY_AGAIN_LATER = 1013


class Mailbox:
    """Unsent pushes of one connection.

    An asyncio.Queue would do, at three times the memory for each of ten thousand connections. A push offered to a full
    mailbox ends the connection with 1013: nothing is ever dropped from the middle of the stream.
    """

    __slots__ = ("_close_code", "_fanout", "_queue", "_sender", "_waiter")

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._queue: deque[Push] = deque()
        self._waiter: Optional[asyncio.Future[None]] = None
        self._sender: Optional[asyncio.Task[Any]] = asyncio.current_task()
        self._close_code: Optional[int] = None

    def offer(self, push: Push) -> None:
        """Queues a push, or ends the connection with 1013 when the queue is full."""
        if self._close_code is not None:
            return
        if len(self._queue) >= self._fanout.queue_limit:
            self._fanout.counters.overflows += 1
            self.close(TRY_AGAIN_LATER)
            return
        self._queue.append(push)
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def close(self, code: int) -> None:
        """Ends the connection with `code`, discarding queued pushes. Only the first code counts."""
        if self._close_code is None and self._sender is not None:
            self._close_code = code
            # Cancelling also unblocks a sender waiting for a client that does not read.
            self._sender.cancel()

    async def send_all(self, write: Callable[[Push], Awaitable[None]]) -> int:
        """Writes pushes, in the task that made the mailbox, until it is closed or the peer has gone: the close code.

        `write` returns once the connection takes more; it raises OSError or WebSocketDisconnect when the peer has gone.
        """
        counters, queue, loop = self._fanout.counters, self._queue, self._fanout.loop
        try:
            while True:
                while queue:
                    await write(queue.popleft())
                    counters.written += 1
                self._waiter = loop.create_future()
                await self._waiter
        except asyncio.CancelledError:
            if self._close_code is None:
                raise
            return self._close_code
        except (OSError, WebSocketDisconnect):
            return PEER_GONE
        finally:
            self._sender = None
