"""The open-loop timer and the fan-out: one timer per cohort, not per connection, and no task per push.

Connections with the same query (and the same slot) are one cohort. Each deadline is computed from the monotonic
clock, never from the previous wake-up, so a late one shifts nothing, and a stalled loop sends all it missed.
"""

import asyncio
from time import monotonic_ns
from typing import Callable, NamedTuple, Optional, Protocol

from .push import Push
from .query import PushQuery
from .schedule import NS_PER_MS, SLOT_MS, Cadence, slot_of

GOING_AWAY = 1001


class Subscriber(Protocol):
    """A receiver of pushes. Neither call may block or raise."""

    def offer(self, push: Push) -> None:
        """Accepts a push, to be written as soon as the connection allows."""

    def close(self, code: int) -> None:
        """Ends the connection, with the WebSocket close code where the protocol has one."""


class Counters:
    """Plain integers, incremented on the hot path and read by /metrics."""

    __slots__ = ("connections", "overflows", "written")

    def __init__(self) -> None:
        self.connections: dict[str, int] = {"websocket": 0, "sse": 0, "tcp": 0}
        self.written = 0
        self.overflows = 0


class CohortKey(NamedTuple):
    """The properties shared by connections that are pushed to together."""

    query: PushQuery
    slot: int


class Cohort:
    """Connections that get the same pushes at the same instants."""

    __slots__ = ("_cadence", "_loop", "_next_tick", "_now_ns", "_query", "_timer", "members")

    def __init__(self, key: CohortKey, loop: asyncio.AbstractEventLoop, now_ns: Callable[[], int]) -> None:
        self._query = key.query
        self._cadence = Cadence(key.query.interval_ms * NS_PER_MS, key.slot * SLOT_MS * NS_PER_MS)
        self._loop, self._now_ns = loop, now_ns
        self._next_tick = self._cadence.first_tick_after(now_ns())
        self._timer: Optional[asyncio.TimerHandle] = None
        # A dict preserves insertion order, so that every run treats connections alike.
        self.members: dict[Subscriber, None] = {}
        self._arm()

    def add(self, subscriber: Subscriber) -> None:
        """Registers a connection. Ticks already due are sent to the others only; it gets those due from now on."""
        self.send_due()
        self.members[subscriber] = None

    def send_due(self) -> None:
        """Sends every tick due by now, oldest first, none skipped or merged."""
        now_ns, cadence = self._now_ns(), self._cadence
        while (due_ns := cadence.due_ns(self._next_tick)) <= now_ns:
            push = Push(self._query, self._next_tick, due_ns)
            self._next_tick += 1
            for subscriber in list(self.members):
                subscriber.offer(push)

    def stop(self) -> None:
        """Stops sending."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        delay_ns = self._cadence.due_ns(self._next_tick) - self._now_ns()
        # loop.time() of uvloop is a cached millisecond, so the delay is computed from our own clock reading; a timer
        # that fires early finds nothing due and is rearmed.
        self._timer = self._loop.call_at(self._loop.time() + max(delay_ns, 0) / 1e9, self._fire)

    def _fire(self) -> None:
        self.send_due()
        self._arm()


class Membership(NamedTuple):
    """A registration: what `Fanout.leave` needs to end it."""

    key: CohortKey
    subscriber: Subscriber
    protocol: str


class Fanout:
    """All cohorts of the process. Bound to one event loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, queue_limit: int, now_ns: Callable[[], int] = monotonic_ns
    ) -> None:
        self.loop = loop
        self.queue_limit = queue_limit
        self.counters = Counters()
        self._now_ns = now_ns
        self._cohorts: dict[CohortKey, Cohort] = {}
        self._spread_ordinals: dict[int, int] = {}
        self._stopped = False

    def join(self, query: PushQuery, subscriber: Subscriber, protocol: str) -> Membership:
        """Registers a connection for every tick due from now on."""
        key = CohortKey(query, self._slot_for(query))
        cohort = self._cohorts.get(key)
        if cohort is None:
            cohort = self._cohorts[key] = Cohort(key, self.loop, self._now_ns)
        cohort.add(subscriber)
        self.counters.connections[protocol] += 1
        if self._stopped:
            subscriber.close(GOING_AWAY)
        return Membership(key, subscriber, protocol)

    def leave(self, membership: Membership) -> None:
        """Ends a registration. Idempotent."""
        cohort = self._cohorts.get(membership.key)
        if cohort is None or membership.subscriber not in cohort.members:
            return
        del cohort.members[membership.subscriber]
        self.counters.connections[membership.protocol] -= 1
        if not cohort.members:
            cohort.stop()
            del self._cohorts[membership.key]

    def stop(self) -> None:
        """Stops every timer and ends every connection with 1001, including later ones."""
        self._stopped = True
        for cohort in list(self._cohorts.values()):
            cohort.stop()
            for subscriber in list(cohort.members):
                subscriber.close(GOING_AWAY)

    def _slot_for(self, query: PushQuery) -> int:
        if query.timing == "burst":
            return 0
        ordinal = self._spread_ordinals.get(query.interval_ms, 0)
        self._spread_ordinals[query.interval_ms] = ordinal + 1
        return slot_of(ordinal, query.interval_ms)
