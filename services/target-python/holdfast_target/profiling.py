"""cProfile for a whole command. Off by default."""

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
    # CPU time: wall-clock time would include the event loop's waiting. (PyPy only accepts integers.)
    profiler = cProfile.Profile(time.process_time_ns, 1e-9)
    profiler.enable()
    try:
        yield
    finally:
        profiler.disable()
        profiler.dump_stats(path)
