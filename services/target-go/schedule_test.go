package main

import "testing"

const ms = 1_000_000

func TestBurstIsDueAtMultiplesOfTheInterval(t *testing.T) {
	s := newSchedule(pushQuery{intervalMs: 15})
	for step, dueNs := range map[uint64]uint64{0: 0, 1: 15 * ms, 1000: 15_000 * ms} {
		if s.dueNs(step) != dueNs || s.tick(step) != step || s.slot(step) != 0 {
			t.Errorf("step %d: due %d", step, s.dueNs(step))
		}
		if s.lastStep(dueNs) != step || s.lastStep(dueNs+15*ms-1) != step {
			t.Errorf("step %d: lastStep %d, %d", step, s.lastStep(dueNs), s.lastStep(dueNs+15*ms-1))
		}
	}
}

func TestSpreadIsDueInSlotsOfTenMilliseconds(t *testing.T) {
	s := newSchedule(pushQuery{intervalMs: 35, spread: true}) // slots at 0, 10 and 20 ms; none in the last 15 ms
	dues := []uint64{0, 10, 20, 35, 45, 55, 70}
	for step, due := range dues {
		if s.dueNs(uint64(step)) != due*ms || s.lastStep(due*ms) != uint64(step) {
			t.Errorf("step %d: due %d, last %d", step, s.dueNs(uint64(step)), s.lastStep(due*ms))
		}
	}
	if s.lastStep(35*ms-1) != 2 || s.tick(5) != 1 || s.slot(5) != 2 {
		t.Errorf("lastStep %d, tick %d, slot %d", s.lastStep(35*ms-1), s.tick(5), s.slot(5))
	}
}

func TestFirstTickAfterIsStrictlyLater(t *testing.T) {
	s := newSchedule(pushQuery{intervalMs: 100, spread: true})
	cases := []struct{ slot, nowNs, tick uint64 }{
		{0, 0, 1}, {0, 100*ms - 1, 1}, {0, 100 * ms, 2}, {3, 0, 0}, {3, 30*ms - 1, 0}, {3, 30 * ms, 1}, {3, 130 * ms, 2},
	}
	for _, c := range cases {
		if got := s.firstTickAfter(c.slot, c.nowNs); got != c.tick {
			t.Errorf("slot %d at %d: got %d, want %d", c.slot, c.nowNs, got, c.tick)
		}
	}
}

func TestConnectionsSpreadEvenlyOverTheSlots(t *testing.T) {
	for _, intervalMs := range []uint64{10, 20, 30, 100, 1000, 7770, 60_000} {
		s := newSchedule(pushQuery{intervalMs: intervalMs, spread: true})
		counts := make([]int, s.slots)
		for n := uint64(0); n < 3*s.slots; n++ {
			counts[s.slotOf(n)]++
		}
		for slot, count := range counts {
			if count != 3 {
				t.Fatalf("%d ms: slot %d has %d connections, not 3", intervalMs, slot, count)
			}
		}
	}
	s := newSchedule(pushQuery{intervalMs: 10_000, spread: true})
	var quarters [4]int
	for n := uint64(0); n < 100; n++ {
		quarters[s.slotOf(n)/250]++
	}
	for _, count := range quarters {
		if count < 23 || count > 27 {
			t.Fatalf("100 connections over the quarters of the interval: %v", quarters)
		}
	}
}
