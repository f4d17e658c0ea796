package main

import (
	"sync"
	"time"
)

// stream serves all connections with the same push query: one goroutine with one timer distributes due ticks to the
// connections' channels. It never blocks on a connection.
type stream struct {
	hub      *hub
	query    pushQuery
	schedule schedule
	ended    chan struct{}
	buffers  sync.Pool // of *[]byte, zero from the 32nd byte on

	mu     sync.Mutex
	lanes  map[uint64][]*connection // by slot; a burst has one
	size   int
	joined uint64
	next   uint64 // the step that is sent next
}

func newStream(hub *hub, query pushQuery, nowNs uint64) *stream {
	s := &stream{
		hub:      hub,
		query:    query,
		schedule: newSchedule(query),
		ended:    make(chan struct{}),
		lanes:    make(map[uint64][]*connection),
	}
	s.next = s.schedule.lastStep(nowNs) + 1
	s.buffers.New = func() any {
		buffer := make([]byte, query.bytes)
		return &buffer
	}
	return s
}

// run sleeps until each due instant, which does not depend on how long the last fan-out took.
func (s *stream) run() {
	timer := time.NewTimer(s.wait())
	defer timer.Stop()
	for {
		select {
		case <-s.ended:
			return
		case <-timer.C:
			s.fanOut(s.hub.clock.nowNs())
			timer.Reset(s.wait())
		}
	}
}

func (s *stream) wait() time.Duration {
	return time.Duration(int64(s.schedule.dueNs(s.next) - s.hub.clock.nowNs()))
}

// fanOut offers every step due at nowNs. After a stall a slot may have missed several ticks: they are sent as one
// batch, so that the server's own delay does not fill a healthy connection's channel.
func (s *stream) fanOut(nowNs uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.schedule.lastStep(nowNs)
	if last < s.next {
		return
	}
	missed := last - s.next + 1
	slots := s.schedule.slots
	for i := uint64(0); i < min(missed, slots); i++ {
		s.offer(s.next+i, 1+(missed-1-i)/slots)
	}
	s.next = last + 1
}

// offer puts one batch into the channel of every connection of a slot; a full channel ends its connection.
func (s *stream) offer(step, ticks uint64) {
	lane := s.lanes[s.schedule.slot(step)]
	if len(lane) == 0 {
		return
	}
	due := &batch{firstTick: s.schedule.tick(step), ticks: ticks, dueNs: s.schedule.dueNs(step)}
	if !s.query.written && ticks == 1 {
		due.shared = make([]byte, s.query.bytes)
		putPush(due.shared, due.firstTick, due.dueNs, 0, s.query.group)
	}
	// Backwards, because removal moves the last one into its place.
	for i := len(lane) - 1; i >= 0; i-- {
		connection := lane[i]
		if due.firstTick+ticks <= connection.firstTick {
			continue
		}
		select {
		case connection.queue <- due:
		default:
			s.takeOut(connection)
			s.hub.metrics.queueOverflows.Inc()
			connection.stop(closeTryAgain)
		}
	}
}

// join adds a connection to its slot; it gets every tick due after nowNs.
func (s *stream) join(connection *connection, nowNs uint64) {
	connection.stream = s
	connection.slot = s.schedule.slotOf(s.joined)
	connection.firstTick = s.schedule.firstTickAfter(connection.slot, nowNs)
	connection.index = len(s.lanes[connection.slot])
	s.lanes[connection.slot] = append(s.lanes[connection.slot], connection)
	s.joined++
	s.size++
}

// takeOut removes a connection from its slot, if it is still there.
func (s *stream) takeOut(connection *connection) {
	if connection.index < 0 {
		return
	}
	lane := s.lanes[connection.slot]
	moved := lane[len(lane)-1]
	lane[connection.index] = moved
	moved.index = connection.index
	lane[len(lane)-1] = nil
	s.lanes[connection.slot] = lane[:len(lane)-1]
	connection.index = -1
	s.size--
}
