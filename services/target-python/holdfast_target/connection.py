"""One ASGI connection from the response to its end: the same for WebSocket and server-sent events."""

from collections.abc import Awaitable
from typing import Any, Callable

from .fanout import Fanout
from .mailbox import PEER_GONE, Mailbox
from .push import Push
from .query import PushQuery

_DISCONNECTS = ("websocket.disconnect", "http.disconnect")


async def push_until_closed(
    fanout: Fanout,
    query: PushQuery,
    protocol: str,
    receive: Callable[[], Awaitable[Any]],
    write: Callable[[Push], Awaitable[None]],
) -> int:
    """Registers the connection at once and sends its pushes until either side ends it. Returns the close code that is
    still to be said, or PEER_GONE. Two tasks a connection: the server's own sends, a second one reads."""
    mailbox = Mailbox(fanout)
    membership = fanout.join(query, mailbox, protocol)
    reader = fanout.loop.create_task(_read(receive, mailbox))
    try:
        return await mailbox.send_all(write)
    finally:
        reader.cancel()
        fanout.leave(membership)


async def _read(receive: Callable[[], Awaitable[Any]], mailbox: Mailbox) -> None:
    # Client messages are read and ignored, so that the client's sends never block.
    while (await receive())["type"] not in _DISCONNECTS:
        pass
    mailbox.close(PEER_GONE)
