import importlib.util
import json
import pstats
import tempfile
import unittest
from pathlib import Path
from typing import Any

from holdfast_target import pipeline

from .process import run_once

GOOD = {
    "ts": "2026-01-01T00:00:00Z",
    "user_id": "u1",
    "event": "click",
    "path": "/",
    "status": 200,
    "latency_ms": 1.5,
    "ip": "10.0.0.1",
    "agent": "é",
    "session": "s",
    "referrer": "",
    "tags": ["a"],
    "extra": {},
}
BAD_LINES = [
    b"not json",
    b"",
    b"[1,2]",
    b'"text"',
    b"null",
    b"\xff\xfe",
    b"[" * 5000,
    json.dumps({**GOOD, "user_id": 1}).encode(),
    json.dumps({**GOOD, "event": None}).encode(),
    json.dumps({**GOOD, "event": ["click"]}).encode(),
    json.dumps({**GOOD, "status": "200"}).encode(),
    json.dumps({**GOOD, "status": True}).encode(),
    json.dumps({**GOOD, "latency_ms": None}).encode(),
    json.dumps({k: v for k, v in GOOD.items() if k != "latency_ms"}).encode(),
    json.dumps({**GOOD, "latency_ms": 10**400}).encode(),
    json.dumps({**GOOD, "user_id": "ü"}, ensure_ascii=False).encode("latin-1"),
]
# ujson alone takes these.
BAD_JSON_LINES = [
    json.dumps({**GOOD, "status": float("nan")}).encode(),
    json.dumps({**GOOD, "extra": {"ratio": float("inf")}}).encode(),
    json.dumps({**GOOD, "status": 200}).encode().replace(b"200", b"0200", 1),
]
MODULES = ["json"] + (["ujson"] if importlib.util.find_spec("ujson") else [])


class Pipeline(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_on(self, content: bytes, *flags: str) -> dict[str, Any]:
        path = self.folder / "log.ndjson"
        path.write_bytes(content)
        run = run_once("pipeline", str(path), *flags)
        self.assertEqual((run.returncode, run.stderr, run.stdout.count("\n")), (0, "", 1))
        result: dict[str, Any] = json.loads(run.stdout)
        self.assertGreaterEqual(result.pop("parseMs"), 0)
        return result

    def test_it_counts_lines_users_events_and_bytes(self) -> None:
        lines: list[bytes] = [
            json.dumps({**GOOD, "user_id": f"u{number % 3}", "event": event}, ensure_ascii=False).encode()
            for number, event in enumerate(["click", "view", "click", "buy", "click"])
        ]
        content = b"\n".join(lines) + b"\n"
        for module in MODULES:
            with self.subTest(module):
                self.assertEqual(
                    self.run_on(content, "--json-module", module),
                    {
                        "lines": 5,
                        "uniqueUsers": 3,
                        "bytes": len(content),
                        "events": {"click": 3, "view": 1, "buy": 1},
                        "bad": 0,
                        "firstBadLine": None,
                    },
                )

    def test_bad_lines_are_counted_and_the_first_is_told(self) -> None:
        good = json.dumps(GOOD).encode()
        content = b"\n".join([good, *BAD_LINES, good])
        for module in MODULES:
            with self.subTest(module):
                result = self.run_on(content, "--json-module", module)
                self.assertEqual((result["lines"], result["bad"]), (len(BAD_LINES) + 2, len(BAD_LINES)))
                self.assertEqual((result["firstBadLine"], result["events"]), (2, {"click": 2}))

    def test_what_is_no_json_is_bad(self) -> None:
        good = json.dumps(GOOD).encode()
        for module in MODULES:
            result = self.run_on(b"\n".join([good, *BAD_JSON_LINES, good]), "--json-module", module)
            self.assertEqual((result["bad"], result["firstBadLine"]), (len(BAD_JSON_LINES), 2), module)

    def test_a_usual_line_is_read_once(self) -> None:
        usual = {**GOOD, "ts": "2026-01-01T00:00:00.000Z", "agent": "Mozilla/5.0 (X11, 0.5)"}
        line = json.dumps(usual, separators=(",", ":"))
        self.assertFalse(pipeline._is_suspect(line.encode() + b"\n"))

    def test_what_looks_like_it_inside_a_string_is_good(self) -> None:
        for event in ("a: NaN", "[01", ", 5. and -", "tab"):
            for module in MODULES:
                result = self.run_on(json.dumps({**GOOD, "event": event}).encode() + b"\r\n", "--json-module", module)
                self.assertEqual((result["bad"], result["events"]), (0, {event: 1}), module)

    def test_escapes_without_a_utf_8_form_are_printed_as_they_came(self) -> None:
        self.assertEqual(self.run_on(json.dumps({**GOOD, "event": "\ud800"}).encode())["events"], {"\ud800": 1})

    def test_an_empty_file_has_no_lines(self) -> None:
        result = self.run_on(b"")
        self.assertEqual((result["lines"], result["bad"], result["firstBadLine"]), (0, 0, None))

    def test_a_missing_file_is_told_and_exits_1(self) -> None:
        run = run_once("pipeline", str(self.folder / "none"))
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertIn("cannot read", run.stderr)

    def test_a_profile_is_written(self) -> None:
        profile = self.folder / "pipeline.pstats"
        self.run_on(b"", "--profile", str(profile))
        self.assertTrue(any(name == "summarize" for _, _, name in pstats.Stats(str(profile)).stats))  # type: ignore[attr-defined]
