package main

import (
	"sync"
	"time"
)

const (
	// queuePushes is how many batches (one per tick, except after a stall) may be queued for one connection's socket.
	queuePushes = 64
	// closeGrace is how long a connection may take to accept its close frame before its socket is closed.
	closeGrace = 3 * time.Second

	closeGone       = 0 // the peer went first: nothing to say
	closeGoingAway  = 1001
	closeTryAgain   = 1013
	reasonGoingAway = "going away"
	reasonTooSlow   = "push queue full"
)

// transport carries pushes over one protocol.
type transport interface {
	// send writes one push and returns once the kernel has all of it. It does not keep message.
	send(message []byte) error
	// farewell says why the connection ends, where the protocol has words for it.
	farewell(code int, reason string)
	// abort ends the socket at once, from any goroutine, also under a blocked send.
	abort()
}

// batch holds the ticks of one slot found due by one wake-up of the timer: one, or several after a stall.
type batch struct {
	firstTick uint64
	ticks     uint64
	dueNs     uint64 // of firstTick
	shared    []byte // the message, when every connection gets the same bytes
}

// connection is one subscriber: a channel filled by the stream's fan-out, and a goroutine (writePushes) that empties
// it.
type connection struct {
	protocol  string
	transport transport
	stream    *stream
	queue     chan *batch
	slot      uint64
	index     int // in its lane, -1 once it has left
	firstTick uint64

	stopOnce sync.Once
	stopped  chan struct{}
	code     int
}

func newConnection(protocol string, transport transport) *connection {
	return &connection{
		protocol:  protocol,
		transport: transport,
		queue:     make(chan *batch, queuePushes),
		stopped:   make(chan struct{}),
	}
}

// stop asks the writing goroutine to close the connection; a socket that does not take that in time is aborted.
func (c *connection) stop(code int) {
	c.stopOnce.Do(func() {
		c.code = code
		close(c.stopped)
		if code != closeGone {
			time.AfterFunc(closeGrace, c.transport.abort)
		}
	})
}

// writePushes is the connection's goroutine: it writes until the connection is stopped or its socket fails.
func (c *connection) writePushes() {
	for {
		select {
		case <-c.stopped:
			c.sayFarewell()
			return
		case due := <-c.queue:
			if err := c.writeBatch(due); err != nil {
				c.stop(closeGone)
				c.transport.abort()
				return
			}
		}
	}
}

func (c *connection) sayFarewell() {
	switch c.code {
	case closeGoingAway:
		c.transport.farewell(c.code, reasonGoingAway)
	case closeTryAgain:
		c.transport.farewell(c.code, reasonTooSlow)
	}
}

func (c *connection) writeBatch(due *batch) error {
	stream := c.stream
	if due.shared != nil {
		return c.write(due.shared)
	}
	buffer := stream.buffers.Get().(*[]byte)
	defer stream.buffers.Put(buffer)
	for tick := max(due.firstTick, c.firstTick); tick < due.firstTick+due.ticks; tick++ {
		select {
		case <-c.stopped:
			return nil
		default:
		}
		dueNs := due.dueNs + (tick-due.firstTick)*stream.schedule.intervalNs
		writtenNs := uint64(0)
		if stream.query.written {
			writtenNs = stream.hub.clock.nowNs()
		}
		putPush(*buffer, tick, dueNs, writtenNs, stream.query.group)
		if err := c.write(*buffer); err != nil {
			return err
		}
	}
	return nil
}

func (c *connection) write(message []byte) error {
	if err := c.transport.send(message); err != nil {
		return err
	}
	c.stream.hub.metrics.pushesWritten.Inc()
	return nil
}
