import pstats
import signal
import socket
import tempfile
import time
import unittest
from pathlib import Path
from typing import BinaryIO, Callable

from .process import ServerProcess, run_once
from .streams import BINARY, CLOSE, connect, decode, read_event, read_frame, read_head, read_tcp, upgrade

SLOW_QUERY = "intervalMs=10&bytes=65536"
FIRST_AND_LAST = 2


def read_to_end(read: Callable[[BinaryIO], bytes], stream: BinaryIO) -> list[int]:
    """The ticks of all messages up to the end of the stream."""
    ticks = []
    try:
        while True:
            ticks.append(decode(read(stream)).tick)
    except EOFError:
        return ticks


def read_binary(stream: BinaryIO) -> bytes:
    opcode, payload = read_frame(stream)
    if opcode == CLOSE:
        raise EOFError(int.from_bytes(payload[:2], "big"))
    assert opcode == BINARY
    return payload


class Stopping(unittest.TestCase):
    def assert_overflow(self, server: ServerProcess) -> None:
        limit = time.monotonic() + 30
        while server.metric("target_push_queue_overflows_total") < 1:
            self.assertLess(time.monotonic(), limit, "a reader that does not read never overflowed")

    def assert_unbroken(self, ticks: list[int]) -> None:
        self.assertGreater(len(ticks), FIRST_AND_LAST)
        self.assertEqual(ticks, list(range(ticks[0], ticks[0] + len(ticks))))

    def test_a_websocket_that_does_not_read_is_closed_with_1013_and_misses_nothing_before(self) -> None:
        server = ServerProcess()
        self.addCleanup(server.stop)
        with connect(server.port, receive_buffer_bytes=4096) as client:
            _, stream = upgrade(client, SLOW_QUERY)
            with stream:
                self.assert_overflow(server)
                ticks = []
                with self.assertRaises(EOFError) as ended:
                    while True:
                        ticks.append(decode(read_binary(stream)).tick)
                self.assertEqual(ended.exception.args, (1013,))
                self.assert_unbroken(ticks)
        self.assertEqual(server.metric('target_connections{protocol="websocket"}'), 0)

    def test_an_event_reader_that_does_not_read_is_closed(self) -> None:
        server = ServerProcess()
        self.addCleanup(server.stop)
        with connect(server.port, receive_buffer_bytes=4096) as client:
            client.sendall(f"GET /events?{SLOW_QUERY} HTTP/1.1\r\nHost: target\r\n\r\n".encode())
            _, stream = read_head(client)
            with stream:
                self.assert_overflow(server)
                self.assert_unbroken(read_to_end(read_event, stream))

    def test_a_tcp_reader_that_does_not_read_is_closed(self) -> None:
        server = ServerProcess()
        self.addCleanup(server.stop)
        with connect(server.tcp_port, receive_buffer_bytes=4096) as client, client.makefile("rb") as stream:
            client.sendall(f"{SLOW_QUERY}\n".encode())
            read_tcp(stream)
            self.assert_overflow(server)
            self.assertEqual(server.metric('target_connections{protocol="tcp"}'), 0)
            self.assert_unbroken(read_to_end(read_tcp, stream))

    def test_sigterm_closes_all_with_1001_and_exits_0(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            server = ServerProcess()
            tcp = connect(server.tcp_port)
            with connect(server.port) as socket_client, connect(server.port) as event_client, tcp as tcp_client:
                _, frames = upgrade(socket_client, "")
                event_client.sendall(b"GET /events HTTP/1.1\r\nHost: target\r\n\r\n")
                _, events = read_head(event_client)
                tcp_client.sendall(b"\n")
                with tcp_client.makefile("rb") as stream, frames, events:
                    read_tcp(stream)
                    code, errors = server.stop(number)
                    with self.assertRaises(EOFError) as ended:
                        while True:
                            read_binary(frames)  # A tick may fall into the test.
                    self.assertEqual(ended.exception.args, (1001,))
                    self.assertEqual(events.read()[-5:], b"0\r\n\r\n")
                    self.assertEqual(len(stream.read()) % 104, 0)
            self.assertEqual((code, errors), (0, ""))

    def test_sigterm_does_not_wait_for_a_reader_that_does_not_read(self) -> None:
        server = ServerProcess()
        with connect(server.port, receive_buffer_bytes=4096) as client:
            upgrade(client, SLOW_QUERY)[1].close()
            self.assert_overflow(server)
            self.assertEqual(server.stop()[0], 0)

    def test_a_taken_port_is_told_and_exits_1(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            for flags in (("--port", port, "--tcp-port", "0"), ("--port", "0", "--tcp-port", port)):
                run = run_once(*flags)
                self.assertEqual((run.returncode, run.stdout), (1, ""))
                self.assertIn(f"cannot listen on 127.0.0.1:{port}: Address already in use", run.stderr)

    def test_a_profile_of_the_whole_life_is_written_at_sigterm(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "server.pstats"
            server = ServerProcess("--profile", str(path))
            server.get("/clock")
            self.assertEqual(server.stop()[0], 0)
            self.assertTrue(any(name == "clock" for _, _, name in pstats.Stats(str(path)).stats))  # type: ignore[attr-defined]
