"""When ticks are due. Pure: instants are CLOCK_MONOTONIC nanoseconds, passed as arguments.

    0        offset      1 x interval + offset     2 x interval + offset
    |----------|-------------------|-------------------------|---->  CLOCK_MONOTONIC since boot
             tick 0              tick 1                    tick 2
"""

import sys
from functools import lru_cache
from typing import NamedTuple

NS_PER_MS = 1_000_000
SLOT_MS = 10
GOLDEN_SHARE = 0.6180339887498949
STEPS_TRIED = 100
"""On either side of the golden step."""


class Cadence(NamedTuple):
    """The instants of one interval (ns), shifted by the slot's offset (ns, 0 for bursts)."""

    interval_ns: int
    offset_ns: int = 0

    def due_ns(self, tick: int) -> int:
        """When tick `tick` is due (ns)."""
        return tick * self.interval_ns + self.offset_ns

    def first_tick_after(self, now_ns: int) -> int:
        """The first tick due strictly after `now_ns`."""
        return (now_ns - self.offset_ns) // self.interval_ns + 1


def slot_of(ordinal: int, interval_ms: int) -> int:
    """The slot of the `ordinal`-th spread connection (from 0) of an interval (ms, at least 10).

    Steps near the golden ratio: any number of first comers lies evenly over the whole interval, and because the step
    has no common factor with the number of slots, each round of connections takes every slot exactly once.
    """
    slots = interval_ms // SLOT_MS
    return ordinal * _step_of(slots) % slots


@lru_cache(maxsize=256)
def _step_of(slots: int) -> int:
    golden = round(slots * GOLDEN_SHARE)
    near = range(max(1, golden - STEPS_TRIED), min(slots, golden + STEPS_TRIED) + 1)
    return min(near, key=lambda step: (_unevenness(step, slots), abs(step - golden)))


def _unevenness(step: int, slots: int) -> int:
    """The largest partial quotient of step / slots: by the three-gap theorem the small ones leave even gaps. Worst
    when they share a factor."""
    largest = 0
    while step:
        largest = max(largest, slots // step)
        slots, step = step, slots % step
    return largest if slots == 1 else sys.maxsize
