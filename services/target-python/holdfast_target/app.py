"""The application: routes by name; all dependencies are passed as arguments."""

from time import monotonic_ns, time_ns

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import JSONResponse, StreamingResponse
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from .events import EventStream
from .fanout import Fanout
from .metrics import build_registry
from .query import QueryError, parse_query
from .runtime import NAME, Setting, framework_label, runtime_label
from .tokens import parse_token_query, token_events
from .users import RedisUnavailable, UserCache
from .websocket import serve_websocket

JSON = "application/json"


def build_app(fanout: Fanout, users: UserCache, settings: dict[str, Setting]) -> FastAPI:
    """The ASGI application built from these parts; `settings` is reported by /healthz."""
    app = FastAPI(title="Holdfast target", openapi_url=None)
    _add_probes(app, fanout, settings)
    _add_users(app, users)
    _add_pushes(app, fanout)
    return app


def _add_probes(app: FastAPI, fanout: Fanout, settings: dict[str, Setting]) -> None:
    registry = build_registry(fanout.counters)
    health = JSONResponse(
        {
            "status": "ok",
            "name": NAME,
            "runtime": runtime_label(),
            "framework": framework_label(),
            "settings": settings,
        }
    ).body

    @app.get("/healthz")
    async def healthz() -> Response:
        return Response(health, media_type=JSON)

    @app.get("/clock")
    async def clock() -> Response:
        monotonic, realtime = monotonic_ns(), time_ns()
        return Response(f'{{"monotonicNs":"{monotonic}","realtimeNs":"{realtime}"}}', media_type=JSON)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})


def _add_users(app: FastAPI, users: UserCache) -> None:
    @app.get("/user/{user_id}")
    async def user(user_id: str) -> Response:
        try:
            value = await users.get(user_id)
        except RedisUnavailable:
            return JSONResponse({"error": "redis unavailable"}, status_code=503)
        if value is None:
            return JSONResponse({"error": "user not found"}, status_code=404)
        return Response(value, media_type=JSON)


def _add_pushes(app: FastAPI, fanout: Fanout) -> None:
    @app.get("/events")
    async def events(request: Request) -> Response:
        try:
            query = parse_query(request.scope["query_string"].decode("latin-1"))
        except QueryError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return EventStream(query, fanout)

    @app.post("/stream")
    async def stream(request: Request) -> Response:
        try:
            query = parse_token_query(request.url.query, await request.body())
        except QueryError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        headers = {"cache-control": "no-store"}
        return StreamingResponse(token_events(query), media_type="text/event-stream", headers=headers)

    @app.websocket("/push")
    async def push(websocket: WebSocket) -> None:
        await serve_websocket(websocket, fanout)
