"""The raw TCP port: a query line, then frames of a u32 length and a message. Involves no task and no ASGI."""

import asyncio
from collections import deque
from typing import Optional, cast

from .fanout import Fanout, Membership
from .push import Push
from .query import QUERY_BYTES_MAX, QueryError, parse_query

OPENED = bytes(4)
LINE_TIMEOUT_S = 10.0
"""How long a client may take to send its line."""
CLOSE_GRACE_S = 30.0
"""How long a slow reader may take to read the remaining data before it is reset."""


class PushTcpProtocol(asyncio.Protocol):
    """One raw TCP connection and subscriber: writes at once, queues only while the transport is full."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._line = b""
        self._queue: deque[Push] = deque()
        self._paused = False
        self._membership: Optional[Membership] = None
        self._transport: asyncio.Transport
        self._line_timer: Optional[asyncio.TimerHandle] = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Waits for the line, for a limited time."""
        self._transport = cast(asyncio.Transport, transport)
        self._line_timer = self._fanout.loop.call_later(LINE_TIMEOUT_S, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        """Reads the line; later input is ignored."""
        if self._membership is not None or self._transport.is_closing():
            return
        self._line += data
        line, newline, _ = self._line.partition(b"\n")
        if newline and len(line) <= QUERY_BYTES_MAX:
            self._open(line)
        elif len(self._line) > QUERY_BYTES_MAX:
            self._transport.close()

    def connection_lost(self, exc: Optional[Exception]) -> None:
        """Ends the registration."""
        self._stop_line_timer()
        self._queue.clear()
        if self._membership is not None:
            self._fanout.leave(self._membership)

    def pause_writing(self) -> None:
        """The transport is full: starts queueing."""
        self._paused = True

    def resume_writing(self) -> None:
        """The transport accepts data again: writes what was queued."""
        self._paused = False
        while self._queue and not self._paused:
            self._write(self._queue.popleft())

    def offer(self, push: Push) -> None:
        """Writes a push; queues it while the transport is full, and ends the connection when the queue is full."""
        if self._transport.is_closing():
            return
        if not self._paused:
            self._write(push)
        elif len(self._queue) < self._fanout.queue_limit:
            self._queue.append(push)
        else:
            self._fanout.counters.overflows += 1
            self.close(0)

    def close(self, code: int) -> None:
        """Ends the connection; raw TCP has no close code."""
        self._queue.clear()
        if self._transport.get_write_buffer_size() > 0:
            self._fanout.loop.call_later(CLOSE_GRACE_S, self._transport.abort)
        self._transport.close()
        if self._membership is not None:
            self._fanout.leave(self._membership)

    def _open(self, line: bytes) -> None:
        self._stop_line_timer()
        self._line = b""
        try:
            query = parse_query(line.rstrip(b"\r").decode("latin-1"))
        except QueryError:
            self._transport.close()
            return
        self._transport.write(OPENED)
        self._membership = self._fanout.join(query, self, "tcp")

    def _write(self, push: Push) -> None:
        self._transport.write(push.frame())
        self._fanout.counters.written += 1

    def _stop_line_timer(self) -> None:
        if self._line_timer is not None:
            self._line_timer.cancel()
            self._line_timer = None
