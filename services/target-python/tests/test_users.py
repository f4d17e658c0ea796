import shutil
import socket
import subprocess
import time
import unittest
from typing import Optional

from .process import ServerProcess, run_once

VALUE = b'{"id": "7",  "name": "\xc3\xa9"}'


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """A Redis of our own, with nothing on disk."""

    def __init__(self, port: int) -> None:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.port = port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        limit = time.monotonic() + 10
        while self.command(b"PING") != b"+PONG\r\n":
            if time.monotonic() > limit:
                raise RuntimeError("redis-server did not answer")

    def command(self, *words: bytes) -> Optional[bytes]:
        request = b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                client.sendall(request)
                return client.recv(100)
        except OSError:
            return None

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@unittest.skipUnless(shutil.which("redis-server"), "needs redis-server: apt-get install redis-server")
class Users(unittest.TestCase):
    def test_values_come_as_they_are_and_a_restart_of_redis_is_survived(self) -> None:
        port = free_port()
        servers: list[RedisServer] = [RedisServer(port)]
        self.addCleanup(lambda: servers[-1].stop())
        target = ServerProcess("--redis", f"redis://127.0.0.1:{port}")
        self.addCleanup(target.stop)
        servers[0].command(b"SET", b"user:7", VALUE)
        status, headers, body = target.get("/user/7")
        self.assertEqual((status, headers["content-type"], body), (200, "application/json", VALUE))
        self.assertEqual(target.get("/user/8")[::2], (404, b'{"error":"user not found"}'))

        servers[0].stop()
        self.assertEqual(target.get("/user/7")[::2], (503, b'{"error":"redis unavailable"}'))
        servers.append(RedisServer(port))
        self.assertEqual(target.get("/user/7")[0], 404)

    def test_a_redis_that_does_not_answer_is_503(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            target = ServerProcess("--redis", f"redis://127.0.0.1:{silent.getsockname()[1]}")
            self.addCleanup(target.stop)
            self.assertEqual(target.get("/user/7")[::2], (503, b'{"error":"redis unavailable"}'))


class RedisUrl(unittest.TestCase):
    def test_a_bad_url_is_told_and_exits_1(self) -> None:
        run = run_once("--port", "0", "--tcp-port", "0", "--redis", "localhost")
        self.assertEqual(run.returncode, 1)
        self.assertIn("--redis: expected a redis:// URL or nothing", run.stderr)
