"""A server process for tests, on system-chosen ports."""

import json
import os
import re
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Optional

FOLDER = Path(__file__).resolve().parent.parent
STOP_LIMIT_S = 5
REPLY_LIMIT_S = 20


class ServerProcess:
    """Starts the server like target.json and waits until it reports its ports."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "holdfast_target", "--port", "0", "--tcp-port", "0", *arguments]
        self.process = subprocess.Popen(command, cwd=FOLDER, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        ports = re.search(r"HTTP on [^ ]+:(\d+) and raw TCP on port (\d+)", line)
        if ports is None:
            self.process.kill()
            self.process.communicate()
            raise RuntimeError(f"the server did not start: {line}")
        self.port, self.tcp_port = int(ports[1]), int(ports[2])

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and body of a GET."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=REPLY_LIMIT_S)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            connection.close()

    def get_json(self, path: str) -> Any:
        """The decoded body of a GET."""
        return json.loads(self.get(path)[2])

    def metric(self, name: str) -> float:
        """The value of one metric, by its name with labels."""
        for line in self.get("/metrics")[2].decode().splitlines():
            if line.startswith(name + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"no metric {name}")

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Sends a signal; the exit code and the rest of stderr. Raises TimeoutExpired after 5 s."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        try:
            _, errors = self.process.communicate(timeout=STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode, errors


def run_once(*arguments: str, timeout_s: Optional[float] = 60) -> "subprocess.CompletedProcess[str]":
    """Runs the command to its end."""
    command = [sys.executable, "-m", "holdfast_target", *arguments]
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=timeout_s, check=False)
