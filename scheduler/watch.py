"""The HTTP endpoint for monitoring: `/healthz` and `/metrics`. Started by the service."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from tracker.domain.errors import TrackerError

if TYPE_CHECKING:
    from tracker.domain.answers.upkeep_shapes import StatusAnswer

Ask = Callable[[], "StatusAnswer"]


class Gauges(Collector):
    """The status as Prometheus gauges, read again for every request."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def describe(self) -> Iterable[Metric]:
        return ()  # otherwise registering would read the store

    def collect(self) -> Iterable[Metric]:
        """The metrics: lags in facts or seconds, times in seconds since 1970, yes/no as 1 or 0."""
        now = self._ask()
        yield _gauge("tracker_healthy", "Whether nothing is wrong", now["healthy"])
        yield _gauge("tracker_log_entries", "Entries in the log", now["position"])
        facts = [((view["view"],), view["lag_facts"]) for view in now["views"]]
        text = "Facts that a view has yet to take in"
        yield _labelled_gauge("tracker_view_lag_facts", text, ("view",), facts)
        seconds = [((view["view"],), view["lag_seconds"]) for view in now["views"]]
        text = "Age of the oldest fact that a view has yet to take in"
        yield _labelled_gauge("tracker_view_lag_seconds", text, ("view",), seconds)
        stopped = [((v["view"],), v["status"] == "stopped") for v in now["views"]]
        yield _labelled_gauge(
            "tracker_view_stopped", "Whether a view has stopped", ("view",), stopped
        )
        jobs = [job for job in now["jobs"] if job["when"] != "off"]
        late = [((job["job"],), job["overdue"]) for job in jobs]
        yield _labelled_gauge("tracker_job_overdue", "Whether a job is overdue", ("job",), late)
        done = [((j["job"],), _seconds(j["last_success"])) for j in jobs if j["last_success"]]
        yield _labelled_gauge(
            "tracker_job_last_success_timestamp_seconds", "When a job was last done", ("job",), done
        )
        running = [((run["job"], run["holder"]), 1) for run in now["running"]]
        yield _labelled_gauge(
            "tracker_job_running", "Who runs a job now", ("job", "holder"), running
        )
        box = now["outbox"]
        yield _gauge("tracker_outbox_waiting", "Messages not sent yet", box["waiting"])
        yield _gauge("tracker_outbox_failed", "Messages that failed at least once", box["failed"])


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


def _labelled_gauge(
    name: str, text: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    metric = GaugeMetricFamily(name, text, labels=labels)
    for values, value in rows:
        metric.add_metric(values, float(value))
    return metric


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def address(listen: str) -> tuple[str, int]:
    """Host and port in a setting such as `127.0.0.1:9477`; raises TrackerError for other text."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65_535:
        raise TrackerError(f"[scheduler] listen = {listen!r}: write host:port, or `off`")
    return host.strip("[]"), int(port)


class _Server(ThreadingHTTPServer):
    """Answers each request in a thread of its own; `ask` returns the status."""

    daemon_threads = True

    def __init__(self, at: tuple[str, int], ask: Ask) -> None:
        super().__init__(at, _Handler)
        self.ask = ask
        self.registry = CollectorRegistry()
        self.registry.register(Gauges(ask))


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5.0
    server_version, sys_version = "tracker", ""

    def do_GET(self) -> None:
        """Answers a request; with 503 if something is wrong or the store cannot be read."""
        try:
            self._answer()
        except TrackerError as error:
            self._send(503, "text/plain; charset=utf-8", f"{error}\n".encode())

    def _answer(self) -> None:
        if self.path == "/metrics":
            self._send(200, CONTENT_TYPE_LATEST, generate_latest(self.server.registry))
        elif self.path == "/healthz":
            now = self.server.ask()
            health = {"healthy": now["healthy"], "problems": now["problems"]}
            body = json.dumps(health, ensure_ascii=False).encode() + b"\n"
            self._send(200 if now["healthy"] else 503, "application/json", body)
        else:
            self._send(404, "text/plain; charset=utf-8", b"/healthz or /metrics\n")

    def _send(self, code: int, kind: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: a monitor asks every few seconds."""


def serve(listen: str, ask: Ask) -> ThreadingHTTPServer:
    """Starts the endpoint in threads of its own; the caller ends it with `shutdown`.

    Raises TrackerError for a wrong address, and OSError if the address is in use.
    """
    server = _Server(address(listen), ask)
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server
