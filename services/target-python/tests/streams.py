"""Clients for the three protocols, over plain sockets, so that they see the bytes on the wire."""

import base64
import socket
import struct
from typing import BinaryIO, NamedTuple, Optional

LIMIT_S = 20
BINARY, CLOSE = 2, 8


class Message(NamedTuple):
    """A decoded push message."""

    magic: bytes
    version: int
    clock: int
    tick: int
    due_ns: int
    written_ns: int
    group: int
    check: int
    padding: bytes


def decode(message: bytes) -> Message:
    """Reads the layout of docs/targets.md."""
    return Message._make((*struct.unpack(">2sBBIQQII", message[:32]), message[32:]))


def connect(port: int, receive_buffer_bytes: Optional[int] = None) -> socket.socket:
    """A blocking socket with a timeout."""
    client = socket.socket()
    if receive_buffer_bytes is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    client.settimeout(LIMIT_S)
    client.connect(("127.0.0.1", port))
    return client


def upgrade(client: socket.socket, query: str) -> tuple[int, BinaryIO]:
    """Requests /push. Returns the status, and the stream positioned after the headers."""
    client.sendall(
        f"GET /push?{query} HTTP/1.1\r\nHost: target\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n".encode()
    )
    return read_head(client)


def read_head(client: socket.socket) -> tuple[int, BinaryIO]:
    """The status of an HTTP answer, and the stream positioned at its body."""
    stream = client.makefile("rb")
    status = int(stream.readline().split()[1])
    while stream.readline() != b"\r\n":
        pass
    return status, stream


def read_frame(stream: BinaryIO) -> tuple[int, bytes]:
    """Opcode and payload of one unmasked, uncompressed, unfragmented frame. Raises EOFError at the end."""
    first, second = _exactly(stream, 2)
    assert first & 0xF0 == 0x80, f"expected FIN and no reserved bit, got {first:#x}"
    size = second
    if second == 126:
        (size,) = struct.unpack(">H", _exactly(stream, 2))
    elif second == 127:
        (size,) = struct.unpack(">Q", _exactly(stream, 8))
    return first & 0x0F, _exactly(stream, size)


def read_event(stream: BinaryIO) -> bytes:
    """The message in one server-sent event, each sent as one HTTP chunk. Raises EOFError at the end."""
    size = int(stream.readline() or b"0", 16)
    chunk = _exactly(stream, size + 2)[:-2]
    if size == 0:
        raise EOFError
    assert chunk.startswith(b"data: ") and chunk.endswith(b"\n\n") and b"=" not in chunk
    return base64.urlsafe_b64decode(chunk[6:-2] + b"===")


def read_tcp(stream: BinaryIO) -> bytes:
    """One length-prefixed message; empty for the opening one. Raises EOFError at the end."""
    (size,) = struct.unpack(">I", _exactly(stream, 4))
    return _exactly(stream, size)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if data is None or len(data) < size:
        raise EOFError
    return data
