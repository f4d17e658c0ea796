"""The process around the app: sockets, event loop, signals, graceful shutdown."""

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from typing import NamedTuple, Optional

import uvicorn

from .app import build_app
from .fanout import Fanout
from .runtime import (
    HTTP_PARSER,
    Setting,
    raise_descriptor_limit,
    run_loop,
    runtime_label,
    runtime_settings,
    tune_collector,
)
from .sockets import ACCEPT_BATCH, BACKLOG, KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_PROBES, listen
from .tcp import PushTcpProtocol
from .users import POOL_CONNECTIONS, REPLY_TIMEOUT_S, UserCache
from .websocket import PushWebSocketProtocol

PUSH_QUEUE_LIMIT = 64
KEEP_ALIVE_S = 75
STOP_GRACE_S = 3

log = logging.getLogger("holdfast_target")


class ServeOptions(NamedTuple):
    """Where to listen (port 0: chosen by the system), the Redis URL, PEM files for TLS; empty texts mean none."""

    host: str
    port: int
    tcp_port: int
    redis: str
    certificate: str = ""
    key: str = ""


class PushServer(uvicorn.Server):
    """uvicorn's server, modified to end the push streams first and to exit with 0 on SIGTERM."""

    def __init__(
        self, config: uvicorn.Config, fanout: Fanout, tcp_socket: socket.socket, tls: Optional[ssl.SSLContext]
    ) -> None:
        super().__init__(config)
        self._tls = tls
        self._fanout = fanout
        self._tcp_socket = tcp_socket

    async def startup(self, sockets: Optional[list[socket.socket]] = None) -> None:
        """Starts HTTP and raw TCP. asyncio listens again with its accept batch size, so the backlog is restored."""
        await super().startup(sockets=sockets)
        loop, fanout = self._fanout.loop, self._fanout
        self.servers.append(
            await loop.create_server(
                lambda: PushTcpProtocol(fanout), sock=self._tcp_socket, ssl=self._tls, backlog=ACCEPT_BATCH
            )
        )
        for listener in [*(sockets or []), self._tcp_socket]:
            listener.listen(BACKLOG)

    async def shutdown(self, sockets: Optional[list[socket.socket]] = None) -> None:
        """Ends every connection with 1001, then stops like uvicorn."""
        self._fanout.stop()
        await super().shutdown(sockets=sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn re-raises the caught signal at the end, which would replace exit code 0 with death by SIGTERM."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._fanout.loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def serve(options: ServeOptions) -> int:
    """Serves until SIGTERM or SIGINT. Returns the exit code: 0, or 1 when a port is not available."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    listeners: list[socket.socket] = []
    for flag, port in (("--port", options.port), ("--tcp-port", options.tcp_port)):
        try:
            listeners.append(listen(options.host, port))
        except OSError as error:
            log.error(
                "cannot listen on %s:%s: %s; choose another %s or stop what uses it",
                options.host,
                port,
                error.strerror or error,
                flag,
            )
            return 1
    try:
        tls = _tls_context(options)
    except OSError as error:
        log.error("--certificate, --key: expected PEM files of one certificate and its key: %s", error)
        return 1
    descriptor_limit = raise_descriptor_limit()
    return run_loop(_serve(options, _settings(descriptor_limit), tls, *listeners))


def _tls_context(options: ServeOptions) -> Optional[ssl.SSLContext]:
    """For both ports; None without a certificate. OSError (such as ssl.SSLError) when the files do not match."""
    if not options.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.key)
    return context


def _settings(descriptor_limit: int) -> dict[str, Setting]:
    return {
        **runtime_settings(),
        "descriptorLimit": descriptor_limit,
        "webSocketLibrary": "wsproto",
        "compression": "off",
        "webSocketPing": "off, TCP keepalive instead",
        "tcpKeepalive": f"{KEEPALIVE_IDLE_S} s idle, then {KEEPALIVE_PROBES} probes {KEEPALIVE_INTERVAL_S} s apart",
        "tcpNoDelay": True,
        "backlog": BACKLOG,
        "acceptBatch": ACCEPT_BATCH,
        "pushQueueLimit": PUSH_QUEUE_LIMIT,
        "httpKeepAliveS": KEEP_ALIVE_S,
        "redisPoolConnections": POOL_CONNECTIONS,
        "redisTimeoutS": REPLY_TIMEOUT_S,
        "processes": 1,
        "accessLog": False,
    }


async def _serve(
    options: ServeOptions,
    settings: dict[str, Setting],
    tls: Optional[ssl.SSLContext],
    http_socket: socket.socket,
    tcp_socket: socket.socket,
) -> int:
    fanout = Fanout(asyncio.get_running_loop(), PUSH_QUEUE_LIMIT)
    try:
        users = UserCache(options.redis)
    except ValueError as error:
        log.error("--redis: expected a redis:// URL or nothing: %s", error)
        return 1
    config = uvicorn.Config(
        build_app(fanout, users, settings),
        http=HTTP_PARSER,
        ws=PushWebSocketProtocol,
        ws_per_message_deflate=False,
        lifespan="off",
        backlog=ACCEPT_BATCH,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_GRACE_S,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
    )
    config.load()
    # uvicorn would create its own context from the files, and read them again.
    config.ssl = tls
    tune_collector()
    ports = [listener.getsockname()[1] for listener in (http_socket, tcp_socket)]
    log.info("%s serves HTTP on %s:%d and raw TCP on port %d", runtime_label(), options.host, *ports)
    await PushServer(config, fanout, tcp_socket, tls).serve(sockets=[http_socket])
    await users.close()
    return 0
