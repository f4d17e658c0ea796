"""The data pipeline: one streaming pass over newline-separated JSON objects, in one process."""

import json
import re
import sys
from importlib import import_module
from math import isfinite
from time import perf_counter_ns
from typing import Any, BinaryIO, Callable, NamedTuple, Optional

READ_BUFFER_BYTES = 1 << 20
JSON_MODULES = ("json", "ujson")


class Summary(NamedTuple):
    """Contents of a log. `lines` includes bad ones, `first_bad_line` counts from 1, `size_bytes` includes line ends."""

    lines: int
    unique_users: int
    size_bytes: int
    events: dict[str, int]
    latency_sum_ms: float
    bad: int
    first_bad_line: Optional[int]


def load_parser(module: str) -> Callable[[bytes], Any]:
    """A function that parses one line (bytes) with `json` or `ujson`. Raises ImportError when it is not installed."""
    loads: Callable[[Any], Any] = import_module(module).loads
    if module == "json":
        # NaN and Infinity are not JSON, and with bytes json.loads would guess the encoding of each line.
        return lambda line: loads(line.decode(), parse_constant=_refuse)
    return _strictly(loads)


# Accepted by ujson but not valid JSON (RFC 8259). Strings may contain the same bytes, so a line with them is parsed
# again, strictly.
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\r\n")
_ODD_NUMBER = re.compile(rb'":\s*(?:-?0[0-9]|-?[0-9]+\.(?![0-9])|-(?![0-9])|[+.])')


def _is_suspect(line: bytes) -> bool:
    """Only byte searches: for a good line this must cost less than its parsing."""
    if len(line.translate(None, _CONTROLS)) != len(line) or line.find(b"\r", 0, -2) >= 0:
        return True
    return b"NaN" in line or b"Infinity" in line or _ODD_NUMBER.search(line) is not None


def _strictly(loads: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    def load(line: bytes) -> Any:
        record = loads(line)
        if _is_suspect(line):
            json.loads(line.decode(), parse_constant=_refuse)
        return record

    return load


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def summarize(lines: BinaryIO, loads: Callable[[bytes], Any]) -> Summary:
    """Reads `user_id`, `event`, `status` and `latency_ms` of each line. Lines without them are bad and skipped."""
    number = size_bytes = bad = 0
    first_bad: Optional[int] = None
    latency_sum_ms = 0.0
    users: set[str] = set()
    events: dict[str, int] = {}
    for line in lines:
        number += 1
        size_bytes += len(line)
        try:
            record = loads(line)
            user, event = record["user_id"], record["event"]
            status, latency_ms = record["status"], record["latency_ms"]
            # type() instead of isinstance(): to isinstance True is an int, but it is not a number in JSON.
            good = (
                type(user) is str
                and type(event) is str
                and (type(status) is int or type(status) is float)
                and (type(latency_ms) is int or type(latency_ms) is float)
                and isfinite(status)
                and isfinite(latency_ms)
            )
        except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError):
            good = False
        if not good:
            bad += 1
            first_bad = first_bad or number
            continue
        users.add(user)
        events[event] = events.get(event, 0) + 1
        latency_sum_ms += latency_ms
    return Summary(number, len(users), size_bytes, events, latency_sum_ms, bad, first_bad)


def run_pipeline(path: str, module: str) -> int:
    """Prints the summary of the log at `path` as one JSON line. Returns the exit code: 0 even with bad lines."""
    try:
        loads = load_parser(module)
    except ImportError:
        return _fail(f"{module} is not installed; run `python3 build.py` for this runtime, or use --json-module json")
    try:
        with open(path, "rb", buffering=READ_BUFFER_BYTES) as lines:
            began_ns = perf_counter_ns()
            summary = summarize(lines, loads)
            parse_ms = (perf_counter_ns() - began_ns) / 1e6
    except OSError as error:
        return _fail(f"cannot read {path}: {error.strerror}")
    print(json.dumps(to_json(summary, parse_ms), separators=(",", ":")))
    return 0


def to_json(summary: Summary, parse_ms: float) -> dict[str, Any]:
    """The line required by the contract; the sum of latencies is computed but not included."""
    return {
        "lines": summary.lines,
        "uniqueUsers": summary.unique_users,
        "bytes": summary.size_bytes,
        "events": summary.events,
        "bad": summary.bad,
        "firstBadLine": summary.first_bad_line,
        "parseMs": round(parse_ms, 3),
    }


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
