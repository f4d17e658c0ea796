"""The differences between CPython and PyPy in one place: event loop, HTTP parser, garbage collector."""

import asyncio
import gc
import platform
import resource
import sys
from collections.abc import Coroutine
from importlib.metadata import version
from typing import Any, Union

Setting = Union[str, int, float, bool]

IS_PYPY = platform.python_implementation() == "PyPy"
NAME = "pypy" if IS_PYPY else "cpython"
LOOP = "asyncio" if IS_PYPY else "uvloop"
HTTP_PARSER = "h11" if IS_PYPY else "httptools"
GC_THRESHOLDS = (50_000, 20, 100)


def run_loop(main: Coroutine[Any, Any, int]) -> int:
    """Runs `main` on the runtime's production event loop."""
    if IS_PYPY:
        return asyncio.run(main)
    import uvloop

    return int(uvloop.run(main))


def tune_collector() -> None:
    """CPython only, once everything is loaded: start-up objects are never scanned again, and young collections run per
    50,000 new containers instead of per 700. PyPy's incremental collector keeps its defaults."""
    if not IS_PYPY:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)


def raise_descriptor_limit() -> int:
    """Raises the soft descriptor limit to the hard one, as Go does automatically. Returns the limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def runtime_label() -> str:
    """For example "CPython 3.11.2" or "PyPy 7.3.11 (Python 3.9.16)"."""
    if IS_PYPY:
        version_info = vars(sys)["pypy_version_info"]
        return f"PyPy {'.'.join(map(str, version_info[:3]))} (Python {platform.python_version()})"
    return f"CPython {platform.python_version()}"


def framework_label() -> str:
    """The packages used for serving, with their versions."""
    names = ["fastapi", "starlette", "uvicorn", "wsproto", "h11", "redis"]
    if not IS_PYPY:
        names += ["uvloop", "httptools", "hiredis"]
    return ", ".join(f"{name} {version(name)}" for name in names)


def runtime_settings() -> dict[str, Setting]:
    """The runtime settings that affect performance."""
    settings: dict[str, Setting] = {
        "eventLoop": LOOP,
        "httpParser": HTTP_PARSER,
        "socketWrites": "at once" if IS_PYPY else "collected until the end of the loop's turn",
    }
    if IS_PYPY:
        return {**settings, "jit": True, "gc": "incminimark, defaults"}
    thresholds = ", ".join(map(str, GC_THRESHOLDS))
    return {**settings, "gc": f"frozen after start, thresholds {thresholds}"}
