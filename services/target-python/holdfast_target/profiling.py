"""cProfile around a whole command, for whoever asks where the time goes. Off unless asked for."""

import contextlib
import cProfile
from typing import Iterator, Optional


@contextlib.contextmanager
def profiled(path: Optional[str]) -> Iterator[None]:
    """Profiles the block and writes a pstats file to `path` at its end; does nothing for None."""
    if path is None:
        yield
        return
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        yield
    finally:
        profiler.disable()
        profiler.dump_stats(path)
