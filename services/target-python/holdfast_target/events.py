"""GET /events: pushes as server-sent events."""

import asyncio
import contextlib

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .connection import push_until_closed
from .fanout import Fanout
from .mailbox import PEER_GONE
from .push import Push
from .query import PushQuery

END_GRACE_S = 1.0
"""How long the end of a stream may wait for a client that does not read."""

_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ],
}


class EventStream(Response):
    """An endless response. Starlette's StreamingResponse would hold a task group and two more tasks a connection."""

    def __init__(self, query: PushQuery, fanout: Fanout) -> None:
        self.status_code = 200
        self.background = None
        self._query = query
        self._fanout = fanout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the stream until either side ends it."""

        async def write(push: Push) -> None:
            await send({"type": "http.response.body", "body": push.event(), "more_body": True})

        await send(dict(_START))
        code = await push_until_closed(self._fanout, self._query, "sse", receive, write)
        if code != PEER_GONE:
            # A client that does not read gets no proper end of stream; uvicorn then closes the socket.
            with contextlib.suppress(asyncio.TimeoutError, OSError):
                end = send({"type": "http.response.body", "body": b"", "more_body": False})
                await asyncio.wait_for(end, END_GRACE_S)
