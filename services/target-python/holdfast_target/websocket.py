"""GET /push: pushes as binary WebSocket messages, and a uvicorn protocol that closes them per the contract."""

from contextlib import suppress
from typing import Any

from fastapi import WebSocket
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.events import CloseConnection

from .connection import push_until_closed
from .fanout import GOING_AWAY, Fanout
from .mailbox import PEER_GONE
from .push import Push
from .query import QueryError, parse_query

CLOSE_GRACE_S = 30.0
"""How long a slow reader may take to read the data before its close frame, until it is reset."""


class PushWebSocketProtocol(WSProtocol):
    """uvicorn's wsproto implementation with two changes: stopping sends 1001, and a close never waits for a reader."""

    async def send(self, message: Any) -> None:
        """The ASGI send. A close frame is written even while writing is paused: the slow reader is why it is sent."""
        if self.close_sent and message["type"].startswith("websocket.") and not self.response_started:
            raise ClientDisconnected
        if message["type"] == "websocket.close" and self.handshake_complete:
            self.writable.set()
            if self.transport.get_write_buffer_size() > 0:
                # Only reached by connections closed for being slow, so there are few of these timers.
                self.loop.call_later(CLOSE_GRACE_S, self.transport.abort)
        await super().send(message)

    def shutdown(self) -> None:
        """Called by uvicorn for each connection when it stops."""
        if not self.handshake_complete:
            self.send_500_response()
        elif not self.close_sent and not self.transport.is_closing():
            self.close_sent = True
            self.queue.put_nowait({"type": "websocket.disconnect", "code": GOING_AWAY})
            self.transport.write(self.conn.send(CloseConnection(code=GOING_AWAY)))
        self.transport.close()


async def serve_websocket(websocket: WebSocket, fanout: Fanout) -> None:
    """Serves one connection from its upgrade to its end."""
    try:
        query = parse_query(websocket.scope["query_string"].decode("latin-1"))
    except QueryError as error:
        await websocket.send_denial_response(JSONResponse({"error": str(error)}, status_code=400))
        return

    async def write(push: Push) -> None:
        await websocket.send({"type": "websocket.send", "bytes": push.message()})

    await websocket.accept()
    code = await push_until_closed(fanout, query, "websocket", websocket.receive, write)
    if code != PEER_GONE:
        # The peer may disconnect while we are closing.
        with suppress(WebSocketDisconnect):
            await websocket.close(code)
