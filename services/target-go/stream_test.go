package main

import (
	"encoding/binary"
	"testing"
)

func joinRecorder(s *stream, nowNs uint64) (*connection, *recorder) {
	kept := &recorder{}
	connection := newConnection(protocolRaw, kept)
	s.join(connection, nowNs)
	return connection, kept
}

func dues(kept *recorder) (ticks []uint32, dueMs []uint64) {
	for _, message := range kept.messages {
		ticks = append(ticks, binary.BigEndian.Uint32(message[4:]))
		dueMs = append(dueMs, binary.BigEndian.Uint64(message[8:])/ms)
	}
	return ticks, dueMs
}

func TestStallSendsEveryMissedTickLateWithItsOwnDueInstant(t *testing.T) {
	for _, written := range []bool{true, false} {
		s := newStream(newTestHub(t), pushQuery{intervalMs: 10, bytes: 40, group: 5, written: written}, 1000*ms)
		early, kept := joinRecorder(s, 1000*ms)
		s.fanOut(1010 * ms)
		late, keptLate := joinRecorder(s, 2005*ms)
		s.fanOut(3010*ms + 1) // 200 ticks, over three times the channel
		write(t, early)
		write(t, late)
		ticks, dueMs := dues(kept)
		if len(ticks) != 201 {
			t.Fatalf("%d messages, not 201", len(ticks))
		}
		for i := range ticks {
			if ticks[i] != uint32(101+i) || dueMs[i] != uint64(1010+10*i) {
				t.Fatalf("message %d: tick %d due %d ms", i, ticks[i], dueMs[i])
			}
			if stamp := binary.BigEndian.Uint64(kept.messages[i][16:]); (stamp != 0) != written {
				t.Fatalf("written=%v: stamp %d", written, stamp)
			}
		}
		if ticks, _ := dues(keptLate); len(ticks) != 101 || ticks[0] != 201 {
			t.Fatalf("who joined during the stall got %d ticks from %d", len(ticks), ticks[0])
		}
	}
}

func TestStalledSpreadSendsEachSlotItsOwnTicks(t *testing.T) {
	s := newStream(newTestHub(t), pushQuery{intervalMs: 30, bytes: 32, spread: true}, 0)
	var kept [3]*recorder
	var connections [3]*connection
	for i := range kept {
		connections[i], kept[i] = joinRecorder(s, 0)
	}
	s.fanOut(80 * ms) // step 1 (10 ms) to step 8 (80 ms)
	for i, connection := range connections {
		write(t, connection)
		_, dueMs := dues(kept[i])
		want := map[uint64][]uint64{0: {30, 60}, 1: {10, 40, 70}, 2: {20, 50, 80}}[connection.slot]
		if len(dueMs) != len(want) {
			t.Fatalf("slot %d: due %v, want %v", connection.slot, dueMs, want)
		}
		for j := range want {
			if dueMs[j] != want[j] {
				t.Fatalf("slot %d: due %v, want %v", connection.slot, dueMs, want)
			}
		}
	}
}

func TestUnstampedPushesAreSerializedOnce(t *testing.T) {
	s := newStream(newTestHub(t), pushQuery{intervalMs: 10, bytes: 32}, 0)
	first, _ := joinRecorder(s, 0)
	second, _ := joinRecorder(s, 0)
	s.fanOut(10 * ms)
	if a, b := <-first.queue, <-second.queue; &a.shared[0] != &b.shared[0] {
		t.Error("two serializations of one tick")
	}
}

func TestFullQueueStopsTheConnectionWith1013AndNothingIsSkipped(t *testing.T) {
	s := newStream(newTestHub(t), pushQuery{intervalMs: 10, bytes: 32}, 0)
	slow, kept := joinRecorder(s, 0)
	healthy, _ := joinRecorder(s, 0)
	for tick := uint64(1); tick <= queuePushes+3; tick++ {
		s.fanOut(tick * 10 * ms)
		<-healthy.queue
	}
	<-slow.stopped
	if slow.code != closeTryAgain || slow.index != -1 || s.size != 1 {
		t.Fatalf("code %d, index %d, size %d", slow.code, slow.index, s.size)
	}
	write(t, slow)
	ticks, _ := dues(kept)
	for i, tick := range ticks {
		if tick != uint32(i+1) {
			t.Fatalf("ticks %v", ticks)
		}
	}
}

func TestLeavingKeepsTheOthers(t *testing.T) {
	s := newStream(newTestHub(t), pushQuery{intervalMs: 10, bytes: 32}, 0)
	first, _ := joinRecorder(s, 0)
	second, _ := joinRecorder(s, 0)
	third, _ := joinRecorder(s, 0)
	s.takeOut(first)
	s.takeOut(first)
	s.fanOut(10 * ms)
	if len(first.queue) != 0 || len(second.queue) != 1 || len(third.queue) != 1 || s.size != 2 {
		t.Errorf("queues %d %d %d, size %d", len(first.queue), len(second.queue), len(third.queue), s.size)
	}
}
