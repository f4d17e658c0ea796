"""POST /stream: a response of individual events, ended by `[DONE]`."""

import json
from asyncio import sleep
from collections.abc import AsyncIterator
from random import random
from time import monotonic
from typing import NamedTuple
from urllib.parse import parse_qs

from .query import QueryError

_FIELDS = {"events": (1_000_000, 10), "intervalMs": (3_600_000, 100), "jitterMs": (3_600_000, 0), "bytes": (65_536, 16)}
"""Each field's maximum and default; all minimums are 0."""


class TokenQuery(NamedTuple):
    """One response: `events` with `size_bytes` of text each, one every `interval_ms`, each up to `jitter_ms` later."""

    events: int
    interval_ms: int
    jitter_ms: int
    size_bytes: int


def parse_token_query(query: str, body: bytes) -> TokenQuery:
    """Reads the query string and a JSON body, whose fields go first; unknown fields are ignored, since a body made for
    another server has them. Raises QueryError for the first bad value."""
    fields = parse_qs(query, keep_blank_values=True)
    given: dict[str, object] = {name: values[0] for name, values in fields.items()}
    if body:
        try:
            own = json.loads(body)
        except ValueError as error:
            raise QueryError(f"body: expected a JSON object: {error}") from error
        if not isinstance(own, dict):
            raise QueryError("body: expected a JSON object")
        given.update(own)
    return TokenQuery(*(_number(given, name) for name in _FIELDS))


def _number(given: dict[str, object], name: str) -> int:
    high, default = _FIELDS[name]
    value = given.get(name, default)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        value = int(value)
    # A bool is an int in Python, but not a number in JSON.
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= high:
        return value
    raise QueryError(f"{name}: expected 0 to {high}, got {json.dumps(value)}")


async def token_events(query: TokenQuery) -> AsyncIterator[str]:
    """The events, each due relative to the start, so that a late one does not delay later ones."""
    text = "x" * query.size_bytes
    start = monotonic()
    for index in range(query.events):
        due = start + (index * query.interval_ms + random() * query.jitter_ms) / 1000
        wait = due - monotonic()
        if wait > 0:
            await sleep(wait)
        yield f'data: {{"index":{index},"text":"{text}"}}\n\n'
    yield "data: [DONE]\n\n"
