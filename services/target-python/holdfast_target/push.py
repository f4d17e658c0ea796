"""One tick's push for all connections of a cohort: serialized once per protocol."""

import struct
from base64 import urlsafe_b64encode
from time import monotonic_ns
from typing import Optional

from .message import message_parts, stamp_written
from .query import PushQuery

NOT_STAMPED = bytes(8)
_LENGTH = struct.Struct(">I")


class Push:
    """Shared by the queues of all receivers. Only `written` differs between them, if the query requests it."""

    __slots__ = ("_after", "_before", "_event", "_frame", "_length", "_message")

    def __init__(self, query: PushQuery, tick: int, due_ns: int) -> None:
        before, after = message_parts(tick, due_ns, query.group, query.size_bytes)
        self._before, self._after = before, after
        self._length = _LENGTH.pack(query.size_bytes)
        self._message: Optional[bytes] = None if query.stamps_written else before + NOT_STAMPED + after
        self._event: Optional[bytes] = None
        self._frame: Optional[bytes] = None

    def message(self) -> bytes:
        """The message, stamped with this instant if the query requests it. Call just before the write."""
        if self._message is not None:
            return self._message
        return b"".join((self._before, stamp_written(monotonic_ns()), self._after))

    def event(self) -> bytes:
        """The message as a server-sent event. Call just before the write."""
        if self._message is None:
            return encode_event(self.message())
        if self._event is None:
            self._event = encode_event(self._message)
        return self._event

    def frame(self) -> bytes:
        """The message with its u32 length prefix, for raw TCP. Call just before the write."""
        if self._message is None:
            return b"".join((self._length, self._before, stamp_written(monotonic_ns()), self._after))
        if self._frame is None:
            self._frame = self._length + self._message
        return self._frame


def encode_event(message: bytes) -> bytes:
    """`data: <base64url without padding>`, ended by an empty line."""
    return b"data: " + urlsafe_b64encode(message).rstrip(b"=") + b"\n\n"
