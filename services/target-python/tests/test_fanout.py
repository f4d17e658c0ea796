import unittest
from typing import Callable, Optional

from holdfast_target.fanout import Fanout
from holdfast_target.push import Push
from holdfast_target.query import PushQuery

from .streams import decode

MS = 1_000_000


class Timer:
    def __init__(self, when_s: float, callback: Callable[[], None]) -> None:
        self.when_s, self.callback, self.cancelled = when_s, callback, False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """The loop and the clock in one: time stands still until a test moves it."""

    def __init__(self, now_ms: int) -> None:
        self.now_ns = now_ms * MS
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now_ns / 1e9

    def call_at(self, when_s: float, callback: Callable[[], None]) -> Timer:
        self.timers.append(Timer(when_s, callback))
        return self.timers[-1]

    def wake(self, now_ms: int) -> None:
        """Moves time on at once, as after a stall, then runs what is due."""
        self.now_ns = now_ms * MS
        due = [timer for timer in self.timers if timer.when_s <= self.time() + 1e-9 and not timer.cancelled]
        self.timers = [timer for timer in self.timers if timer not in due and not timer.cancelled]
        for timer in due:
            timer.callback()


class Receiver:
    def __init__(self) -> None:
        self.pushes: list[Push] = []
        self.code: Optional[int] = None

    def offer(self, push: Push) -> None:
        self.pushes.append(push)

    def close(self, code: int) -> None:
        self.code = code

    def ticks(self) -> list[tuple[int, int]]:
        """Tick and due instant (ms) of each push."""
        messages = [decode(push.message()) for push in self.pushes]
        return [(message.tick, message.due_ns // MS) for message in messages]


def fanout_at(now_ms: int) -> tuple[Clock, Fanout]:
    clock = Clock(now_ms)
    return clock, Fanout(clock, 64, now_ns=lambda: clock.now_ns)  # type: ignore[arg-type]


class FanOut(unittest.TestCase):
    def test_a_burst_reaches_every_connection_at_its_tick(self) -> None:
        clock, fanout = fanout_at(1_005)
        receivers = [Receiver(), Receiver()]
        for receiver in receivers:
            fanout.join(PushQuery(interval_ms=100), receiver, "tcp")
        clock.wake(1_099)
        self.assertEqual(receivers[0].ticks(), [])
        clock.wake(1_100)
        clock.wake(1_203)
        for receiver in receivers:
            self.assertEqual(receiver.ticks(), [(11, 1_100), (12, 1_200)])
        self.assertIs(receivers[0].pushes[0], receivers[1].pushes[0])

    def test_one_timer_serves_all_connections_of_a_cohort(self) -> None:
        clock, fanout = fanout_at(0)
        for _ in range(50):
            fanout.join(PushQuery(), Receiver(), "tcp")
        self.assertEqual(len(clock.timers), 1)

    def test_a_stall_sends_every_missed_tick_late_with_its_own_due_instant(self) -> None:
        clock, fanout = fanout_at(1_000)
        receiver = Receiver()
        fanout.join(PushQuery(interval_ms=100), receiver, "tcp")
        clock.wake(1_350)
        self.assertEqual(receiver.ticks(), [(11, 1_100), (12, 1_200), (13, 1_300)])
        clock.wake(1_400)
        self.assertEqual(receiver.ticks()[3:], [(14, 1_400)])

    def test_a_connection_registered_during_a_stall_gets_only_ticks_due_after_it(self) -> None:
        clock, fanout = fanout_at(1_000)
        early, late = Receiver(), Receiver()
        fanout.join(PushQuery(interval_ms=100), early, "tcp")
        clock.now_ns = 1_250 * MS
        fanout.join(PushQuery(interval_ms=100), late, "tcp")
        clock.wake(1_300)
        self.assertEqual(early.ticks(), [(11, 1_100), (12, 1_200), (13, 1_300)])
        self.assertEqual(late.ticks(), [(13, 1_300)])

    def test_spread_connections_are_due_in_slots_of_10_ms(self) -> None:
        clock, fanout = fanout_at(1_000)
        receivers = [Receiver() for _ in range(5)]
        for receiver in receivers:
            fanout.join(PushQuery(interval_ms=50, timing="spread"), receiver, "tcp")
        clock.wake(1_050)
        offsets = sorted(due_ms - tick * 50 for receiver in receivers for tick, due_ms in receiver.ticks())
        self.assertEqual(offsets, [0, 10, 20, 30, 40])

    def test_a_timer_that_fires_early_sends_nothing_and_is_armed_again(self) -> None:
        clock, fanout = fanout_at(1_000)
        receiver = Receiver()
        fanout.join(PushQuery(interval_ms=100), receiver, "tcp")
        clock.now_ns = 1_099 * MS
        clock.timers.pop().callback()
        self.assertEqual(receiver.ticks(), [])
        clock.wake(1_100)
        self.assertEqual(receiver.ticks(), [(11, 1_100)])

    def test_leaving_twice_counts_once_and_the_last_one_stops_the_timer(self) -> None:
        clock, fanout = fanout_at(0)
        membership = fanout.join(PushQuery(), Receiver(), "sse")
        self.assertEqual(fanout.counters.connections["sse"], 1)
        fanout.leave(membership)
        fanout.leave(membership)
        self.assertEqual(fanout.counters.connections["sse"], 0)
        self.assertTrue(clock.timers[0].cancelled)

    def test_stopping_ends_those_who_are_there_and_those_who_come(self) -> None:
        clock, fanout = fanout_at(0)
        before, after = Receiver(), Receiver()
        fanout.join(PushQuery(interval_ms=10), before, "tcp")
        fanout.stop()
        fanout.join(PushQuery(interval_ms=20), after, "tcp")
        self.assertEqual((before.code, after.code), (1001, 1001))
        clock.wake(15)
        self.assertEqual(before.ticks(), [])
