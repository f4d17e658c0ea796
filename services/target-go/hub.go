package main

import (
	"errors"
	"sync"
	"time"
)

var errShuttingDown = errors.New("the server is shutting down")

// hub owns the streams and counts the connections.
type hub struct {
	clock   clock
	metrics *metrics

	mu      sync.Mutex
	streams map[pushQuery]*stream
	closing bool
	open    sync.WaitGroup
}

func newHub(clock clock, metrics *metrics) *hub {
	return &hub{clock: clock, metrics: metrics, streams: make(map[pushQuery]*stream)}
}

// add registers a connection. It is called just before the client is answered, so that no tick due after the answer is
// missed; pushes wait in the connection's channel until its writePushes runs.
func (h *hub) add(connection *connection, query pushQuery) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return errShuttingDown
	}
	s := h.streams[query]
	if s == nil {
		s = newStream(h, query, h.clock.nowNs())
		h.streams[query] = s
		go s.run()
	}
	s.mu.Lock()
	s.join(connection, h.clock.nowNs())
	s.mu.Unlock()
	h.open.Add(1)
	h.metrics.connections.WithLabelValues(connection.protocol).Inc()
	return nil
}

// remove removes a registered connection once its socket has closed. The last one ends its stream.
func (h *hub) remove(connection *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := connection.stream
	s.mu.Lock()
	s.takeOut(connection)
	empty := s.size == 0
	s.mu.Unlock()
	if empty && h.streams[s.query] == s {
		delete(h.streams, s.query)
		close(s.ended)
	}
	h.metrics.connections.WithLabelValues(connection.protocol).Dec()
	h.open.Done()
}

// close stops every connection with 1001 and waits until they have ended, up to limit.
func (h *hub) close(limit time.Duration) {
	h.mu.Lock()
	h.closing = true
	for _, s := range h.streams {
		s.mu.Lock()
		for _, lane := range s.lanes {
			for _, connection := range lane {
				connection.stop(closeGoingAway)
			}
		}
		s.mu.Unlock()
	}
	h.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		h.open.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(limit):
	}
}
