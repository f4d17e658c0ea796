"""The push query: the same five fields for /push, /events and the raw TCP line. Pure."""

from typing import NamedTuple
from urllib.parse import parse_qs

QUERY_BYTES_MAX = 1024
"""Longest query line the raw TCP port reads, in bytes."""

_RANGES = {"intervalMs": (10, 3_600_000), "bytes": (32, 1_048_576), "group": (0, 0xFFFFFFFF)}
_CHOICES = {"timing": ("burst", "spread"), "written": ("0", "1")}


class PushQuery(NamedTuple):
    """One connection's pushes: every `interval_ms`, `size_bytes` each, at the tick or spread over the interval."""

    interval_ms: int = 10_000
    size_bytes: int = 100
    timing: str = "burst"
    group: int = 0
    stamps_written: bool = True


class QueryError(ValueError):
    """A field with an invalid value; the text names the field, what was expected and what was found."""


def parse_query(text: str) -> PushQuery:
    """Reads a query string. Absent fields take their defaults, unknown ones are ignored, of repeated ones the
    first counts. Raises QueryError for the first bad value, in the order of the contract's table."""
    fields = parse_qs(text, keep_blank_values=True)
    default = PushQuery()
    return PushQuery(
        interval_ms=_number(fields, "intervalMs", default.interval_ms),
        size_bytes=_number(fields, "bytes", default.size_bytes),
        timing=_choice(fields, "timing", default.timing),
        group=_number(fields, "group", default.group),
        stamps_written=_choice(fields, "written", "1") == "1",
    )


def _number(fields: dict[str, list[str]], name: str, default: int) -> int:
    if name not in fields:
        return default
    text = fields[name][0]
    low, high = _RANGES[name]
    # int() alone would also accept "1_0", " 10" and digits of other scripts.
    if text.isascii() and text.isdigit() and len(text) <= 10 and low <= int(text) <= high:
        return int(text)
    raise QueryError(f'{name}: expected {low} to {high}, got "{text}"')


def _choice(fields: dict[str, list[str]], name: str, default: str) -> str:
    if name not in fields:
        return default
    text = fields[name][0]
    if text in _CHOICES[name]:
        return text
    raise QueryError(f'{name}: expected {" or ".join(_CHOICES[name])}, got "{text}"')
