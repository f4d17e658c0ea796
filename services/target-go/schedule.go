package main

const slotNs = 10_000_000

// schedule says when a stream's ticks are due. Its steps are the pairs (tick, slot) in due order:
//
//	step     0        1        2   ...  slots-1 | slots    slots+1
//	tick     0        0        0           0    |   1         1
//	due      0       10 ms    20 ms             | interval  interval + 10 ms
//
// A burst has a single slot, so its steps are the ticks.
type schedule struct {
	intervalNs uint64
	slots      uint64
}

func newSchedule(query pushQuery) schedule {
	intervalNs := query.intervalMs * 1_000_000
	if !query.spread {
		return schedule{intervalNs: intervalNs, slots: 1}
	}
	return schedule{intervalNs: intervalNs, slots: intervalNs / slotNs}
}

func (s schedule) tick(step uint64) uint64 { return step / s.slots }
func (s schedule) slot(step uint64) uint64 { return step % s.slots }

func (s schedule) dueNs(step uint64) uint64 {
	return s.tick(step)*s.intervalNs + s.slot(step)*slotNs
}

// lastStep returns the last step due at or before nowNs.
func (s schedule) lastStep(nowNs uint64) uint64 {
	return nowNs/s.intervalNs*s.slots + min(nowNs%s.intervalNs/slotNs, s.slots-1)
}

// firstTickAfter returns the first tick of a slot due after nowNs.
func (s schedule) firstTickAfter(slot, nowNs uint64) uint64 {
	if offsetNs := slot * slotNs; nowNs >= offsetNs {
		return (nowNs-offsetNs)/s.intervalNs + 1
	}
	return 0
}

// slotOf returns the slot of the n-th connection. Stepping by about the golden ratio of the slots spreads any number of
// connections evenly, and fills every slot once per round because the stride is coprime to their number.
func (s schedule) slotOf(n uint64) uint64 {
	stride := s.slots * 618 / 1000
	for stride > 1 && commonDivisor(stride, s.slots) != 1 {
		stride--
	}
	return n % s.slots * max(stride, 1) % s.slots
}

func commonDivisor(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
