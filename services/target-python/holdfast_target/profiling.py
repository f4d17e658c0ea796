"""cProfile around a whole command, for whoever asks where the time goes. Off unless asked for."""

import contextlib
import cProfile
import time
from collections.abc import Iterator
from typing import Optional


@contextlib.contextmanager
def profiled(path: Optional[str]) -> Iterator[None]:
    """Profiles the block and writes a pstats file to `path` at its end; does nothing for None."""
    if path is None:
        yield
        return
    # CPU time: by the wall clock, an event loop's waiting would be somebody's work. (PyPy takes whole numbers only.)
    profiler = cProfile.Profile(time.process_time_ns, 1e-9)
    profiler.enable()
    try:
        yield
    finally:
        profiler.disable()
        profiler.dump_stats(path)
