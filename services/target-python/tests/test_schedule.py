import unittest
from collections import Counter

from holdfast_target.schedule import Cadence, slot_of


class Schedule(unittest.TestCase):
    def test_tick_k_is_due_at_k_intervals_and_the_offset(self) -> None:
        self.assertEqual(Cadence(10_000_000).due_ns(7), 70_000_000)
        self.assertEqual(Cadence(100_000_000, 30_000_000).due_ns(7), 730_000_000)

    def test_the_first_tick_is_strictly_after_now(self) -> None:
        cadence = Cadence(100, 30)
        for now_ns, tick in [(0, 0), (29, 0), (30, 1), (129, 1), (130, 2), (131, 2)]:
            with self.subTest(now_ns):
                self.assertEqual(cadence.first_tick_after(now_ns), tick)
                self.assertGreater(cadence.due_ns(tick), now_ns)

    def test_each_round_of_spread_connections_takes_every_slot_once(self) -> None:
        for interval_ms in (10, 20, 30, 1_000, 9_990, 10_000, 60_000):
            slots = interval_ms // 10
            with self.subTest(interval_ms):
                taken = Counter(slot_of(ordinal, interval_ms) for ordinal in range(3 * slots))
                self.assertEqual(taken, Counter({slot: 3 for slot in range(slots)}))

    def test_few_connections_lie_over_the_whole_interval(self) -> None:
        for count in (10, 50, 300):
            slots = sorted(slot_of(ordinal, 10_000) for ordinal in range(count))
            gaps = [after - before for before, after in zip(slots, [*slots[1:], slots[0] + 1000])]
            with self.subTest(count):
                self.assertLess(max(gaps), 3 * 1000 / count)
