package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// clock reads CLOCK_MONOTONIC as nanoseconds since boot. Go has no public absolute monotonic clock, so one raw reading
// is paired with a time.Time at start and extended by time.Since: the same kernel clock, without a syscall.
type clock struct {
	base   time.Time
	baseNs uint64
}

// newClock keeps the tightest of several pairings: a preemption between the two readings would shift every stamp.
func newClock() (clock, error) {
	var best clock
	tightest := time.Duration(1<<63 - 1)
	for range [16]struct{}{} {
		var raw unix.Timespec
		before := time.Now()
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &raw); err != nil {
			return clock{}, err
		}
		if width := time.Since(before); width < tightest {
			tightest = width
			best = clock{base: before.Add(width / 2), baseNs: uint64(raw.Nano())}
		}
	}
	return best, nil
}

// nowNs returns CLOCK_MONOTONIC in nanoseconds.
func (c clock) nowNs() uint64 {
	return c.baseNs + uint64(time.Since(c.base))
}

// both returns CLOCK_MONOTONIC and CLOCK_REALTIME from one time.Now(), which reads them back to back.
func (c clock) both() (monotonicNs uint64, realtimeNs int64) {
	now := time.Now()
	return c.baseNs + uint64(now.Sub(c.base)), now.UnixNano()
}
