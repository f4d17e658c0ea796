"""GET /metrics: three families of our own besides those of prometheus_client. Read only at a scrape."""

from collections.abc import Iterator

from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from .fanout import Counters


class PushCollector(Collector):
    """Turns the fan-out's plain integers into metrics."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        """Called by the registry at each scrape."""
        connections = GaugeMetricFamily("target_connections", "Open push connections.", labels=["protocol"])
        for protocol, count in self._counters.connections.items():
            connections.add_metric([protocol], count)
        yield connections
        yield CounterMetricFamily("target_pushes_written", "Pushes written.", value=self._counters.written)
        yield CounterMetricFamily(
            "target_push_queue_overflows", "Connections closed for a full queue.", value=self._counters.overflows
        )


def build_registry(counters: Counters) -> CollectorRegistry:
    """A separate registry, so that two apps in one process (tests) do not collide."""
    registry = CollectorRegistry()
    registry.register(PushCollector(counters))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
