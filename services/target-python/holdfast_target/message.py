"""The push message: 32 bytes big-endian, then zero padding. Pure; the layout is docs/targets.md, "Push message"."""

import struct

HEADER_BYTES = 32
VERSION = 1
CLOCK_MONOTONIC = 1
CHECK_SEED = 0x48460100
U32 = 0xFFFFFFFF

_BEFORE_WRITTEN = struct.Struct(">2sBBIQ")
_WRITTEN = struct.Struct(">Q")
_AFTER_WRITTEN = struct.Struct(">II")

stamp_written = _WRITTEN.pack
"""Packs the `written` field: CLOCK_MONOTONIC nanoseconds as u64."""


def check_of(tick: int, due_ns: int, group: int) -> int:
    """The check field: tick (u32) XOR both halves of due (ns, u64) XOR group XOR the seed XOR the clock."""
    return tick ^ (due_ns >> 32) ^ (due_ns & U32) ^ group ^ CHECK_SEED ^ CLOCK_MONOTONIC


def message_parts(tick: int, due_ns: int, group: int, size_bytes: int) -> "tuple[bytes, bytes]":
    """The parts before and after the 8 bytes of `written` in a message of `size_bytes` (at least 32).

    `tick` is taken modulo 2^32; `due_ns` is CLOCK_MONOTONIC in nanoseconds.
    """
    tick &= U32
    before = _BEFORE_WRITTEN.pack(b"HF", VERSION, CLOCK_MONOTONIC, tick, due_ns)
    after = _AFTER_WRITTEN.pack(group, check_of(tick, due_ns, group))
    return before, after + bytes(size_bytes - HEADER_BYTES)
