import time
import unittest
from typing import Callable, ClassVar

from holdfast_target.message import check_of

from .process import ServerProcess
from .streams import BINARY, Message, connect, decode, read_event, read_frame, read_head, read_tcp, upgrade

BAD_INTERVAL = b'{"error":"intervalMs: expected 10 to 3600000, got \\"0\\""}'
QUERY = "intervalMs=50&bytes=200&group=9"
PUSHES = 4


class Serving(unittest.TestCase):
    server: ClassVar[ServerProcess]

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = ServerProcess()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()

    def assert_pushes(self, read: Callable[[], bytes]) -> list[Message]:
        """Reads a few pushes and holds each against the contract."""
        messages = [decode(read()) for _ in range(PUSHES)]
        for index, message in enumerate(messages):
            self.assertEqual((message.magic, message.version, message.clock, message.group), (b"HF", 1, 1, 9))
            self.assertEqual(message.padding, bytes(168))
            self.assertEqual(message.tick, messages[0].tick + index)
            self.assertEqual(message.due_ns, message.tick * 50_000_000)
            self.assertEqual(message.check, check_of(message.tick, message.due_ns, 9))
            self.assertTrue(message.due_ns <= message.written_ns <= time.monotonic_ns())
        return messages

    def test_websocket_pushes_are_binary_and_uncompressed(self) -> None:
        with connect(self.server.port) as client:
            status, stream = upgrade(client, QUERY)
            with stream:
                self.assertEqual(status, 101)
                opcodes: list[int] = []

                def read() -> bytes:
                    opcode, payload = read_frame(stream)
                    opcodes.append(opcode)
                    return payload

                self.assert_pushes(read)
                self.assertEqual(opcodes, [BINARY] * PUSHES)
                self.assertEqual(self.server.metric('target_connections{protocol="websocket"}'), 1)

    def test_server_sent_events_carry_the_same_messages(self) -> None:
        with connect(self.server.port) as client:
            client.sendall(f"GET /events?{QUERY} HTTP/1.1\r\nHost: target\r\n\r\n".encode())
            status, stream = read_head(client)
            with stream:
                self.assertEqual(status, 200)
                self.assert_pushes(lambda: read_event(stream))
                self.assertEqual(self.server.metric('target_connections{protocol="sse"}'), 1)

    def test_raw_tcp_opens_with_a_zero_length(self) -> None:
        with connect(self.server.tcp_port) as client, client.makefile("rb") as stream:
            client.sendall(QUERY[:5].encode())
            client.sendall(f"{QUERY[5:]}\n".encode())
            self.assertEqual(read_tcp(stream), b"")
            self.assert_pushes(lambda: read_tcp(stream))
            self.assertEqual(self.server.metric('target_connections{protocol="tcp"}'), 1)

    def test_a_client_that_leaves_is_counted_out(self) -> None:
        with connect(self.server.tcp_port) as client, client.makefile("rb") as stream:
            client.sendall(b"group=1\n")
            self.assertEqual(read_tcp(stream), b"")
        limit = time.monotonic() + 10
        while any(self.server.metric(f'target_connections{{protocol="{p}"}}') for p in ("websocket", "sse", "tcp")):
            self.assertLess(time.monotonic(), limit, "a closed connection is still counted")

    def test_bad_queries_are_refused_before_any_upgrade(self) -> None:
        with connect(self.server.port) as client:
            status, stream = upgrade(client, "intervalMs=0")
            with stream:
                self.assertEqual((status, stream.read()), (400, BAD_INTERVAL))
        status, headers, body = self.server.get("/events?intervalMs=0")
        self.assertEqual((status, headers["content-type"], body), (400, "application/json", BAD_INTERVAL))
        for line in (b"intervalMs=0\n", b"x" * 5000):
            with connect(self.server.tcp_port) as client:
                client.sendall(line)
                self.assertEqual(client.recv(1), b"")

    def test_events_are_an_event_stream(self) -> None:
        with connect(self.server.port) as client:
            client.sendall(b"GET /events HTTP/1.1\r\nHost: target\r\n\r\n")
            head = client.recv(4096).lower()
        self.assertIn(b"\r\ncontent-type: text/event-stream\r\n", head)

    def test_healthz_tells_name_versions_and_plain_settings(self) -> None:
        health = self.server.get_json("/healthz")
        self.assertEqual(list(health), ["status", "name", "runtime", "framework", "settings"])
        self.assertEqual(health["status"], "ok")
        self.assertIn(health["name"], ("cpython", "pypy"))
        self.assertIn("fastapi", health["framework"])
        self.assertEqual((health["settings"]["compression"], health["settings"]["pushQueueLimit"]), ("off", 64))
        for value in health["settings"].values():
            self.assertIsInstance(value, (str, int, float, bool))

    def test_clock_reads_both_clocks_while_serving(self) -> None:
        began_ns = time.monotonic_ns(), time.time_ns()
        clock = self.server.get_json("/clock")
        self.assertEqual(list(clock), ["monotonicNs", "realtimeNs"])
        self.assertTrue(began_ns[0] <= int(clock["monotonicNs"]) <= time.monotonic_ns())
        self.assertTrue(began_ns[1] <= int(clock["realtimeNs"]) <= time.time_ns())

    def test_a_user_without_redis_is_503(self) -> None:
        status, headers, body = self.server.get("/user/1")
        self.assertEqual((status, body), (503, b'{"error":"redis unavailable"}'))
        self.assertEqual(headers["content-type"], "application/json")

    def test_metrics_count_what_was_written(self) -> None:
        before = self.server.metric("target_pushes_written_total")
        with connect(self.server.tcp_port) as client, client.makefile("rb") as stream:
            client.sendall(b"intervalMs=10\n")
            for _ in range(3):
                read_tcp(stream)
        self.assertGreaterEqual(self.server.metric("target_pushes_written_total"), before + 2)
        self.assertEqual(self.server.metric("target_push_queue_overflows_total"), 0)
