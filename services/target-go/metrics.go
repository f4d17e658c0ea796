package main

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

type metrics struct {
	connections    *prometheus.GaugeVec
	pushesWritten  prometheus.Counter
	queueOverflows prometheus.Counter
	registry       *prometheus.Registry
}

func newMetrics() *metrics {
	m := &metrics{
		connections: prometheus.NewGaugeVec(
			prometheus.GaugeOpts{Name: "target_connections", Help: "Open push connections."}, []string{"protocol"}),
		pushesWritten: prometheus.NewCounter(
			prometheus.CounterOpts{Name: "target_pushes_written_total", Help: "Pushes handed to the kernel."}),
		queueOverflows: prometheus.NewCounter(
			prometheus.CounterOpts{Name: "target_push_queue_overflows_total", Help: "Connections closed because their push queue was full."}),
		registry: prometheus.NewRegistry(),
	}
	for _, protocol := range []string{protocolWebSocket, protocolEvents, protocolRaw} {
		m.connections.WithLabelValues(protocol).Set(0)
	}
	m.registry.MustRegister(m.connections, m.pushesWritten, m.queueOverflows,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
