"""Judges the pods of a canary: by their state, and by the part of their requests that fails."""

from __future__ import annotations

import json
import math
import os
import re
import urllib.parse
import urllib.request

FEWEST_REQUESTS = 20
"""Fewer do not make a percentage before the end of the watch."""

STATUS_LABELS = ("status", "code", "status_code", "http_status", "http_status_code", "http_response_status_code")
PATH_LABELS = ("handler", "path", "route", "uri", "endpoint", "http_route")


class Worse(Exception):
    """The new model does not go into production."""


def restarts(pods: list[dict]) -> int:
    return sum(
        status.get("restartCount", 0) for pod in pods for status in pod.get("status", {}).get("containerStatuses", [])
    )


def is_ready(pod: dict) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)


class Watch:
    """What is seen of the canary: probes of its health, its own counters of requests if it has any, and what Prometheus says."""

    def __init__(self, health: str, port: int, most_percent: float) -> None:
        self.health = health
        self.port = port
        self.most_percent = most_percent
        self.probes = [0, 0]
        self.first: dict[str, tuple[float, float]] = {}
        self.last: dict[str, tuple[float, float]] = {}
        self.prometheus = os.environ.get("PROMETHEUS_URL")
        self.measured: float | None = None

    def look(self, pods: list[dict]) -> None:
        """Takes one look at all pods."""
        for pod in pods:
            answer = fetch(self._address(pod, self.health))
            self.probes[0] += 1
            self.probes[1] += answer is None
            text = fetch(self._address(pod, "/metrics"))
            counted = text and requests_in(text, self.health)
            if counted:
                name = pod["metadata"]["name"]
                self.first.setdefault(name, counted)
                self.last[name] = counted
        if self.prometheus:
            percent = percent_by(self.prometheus, os.environ["PROMETHEUS_QUERY"])
            self.measured = self.measured if percent is None else percent

    def judge(self, at_the_end: bool) -> None:
        """Raises where too many fail."""
        for what, total, failed in self._counts():
            percent = 100 * failed / total if total else 0
            if percent > self.most_percent and (at_the_end or total >= FEWEST_REQUESTS):
                raise Worse(f"{failed:.0f} of {total:.0f} {what} failed, more than {self.most_percent:g} %")
        if self.measured is not None and self.measured > self.most_percent:
            raise Worse(f"{self.measured:.3g} % of its requests failed, more than {self.most_percent:g} %")
        if at_the_end and self.prometheus and self.measured is None:
            raise Worse("Prometheus has no answer to PROMETHEUS_QUERY, so nobody knows how it did")

    def _counts(self) -> list[tuple[str, float, float]]:
        total, failed = (
            sum(self.last[name][part] - self.first[name][part] for name in self.last) for part in (0, 1)
        )
        return [("probes", *self.probes), ("requests", total, failed)]

    def _address(self, pod: dict, path: str) -> str:
        address = pod["status"].get("podIP", "")
        return f"http://{f'[{address}]' if ':' in address else address}:{self.port}{path}"


def fetch(url: str) -> str | None:
    """What answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode(errors="replace")
    except (OSError, ValueError):
        return None


def requests_in(text: str, health: str) -> tuple[float, float] | None:
    """
    Requests and failed ones by the counters in a text of Prometheus' format: those with a label for the status of HTTP. Several
    of one server count the same requests, which leaves the percentage as it is. Probes do not count.
    """
    total = failed = 0.0
    found = False
    for name, labels, value in re.findall(r"^(\w+)\{(.*)\}\s+(\S+)", text, re.MULTILINE):
        known = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels))
        status = next((known[label] for label in STATUS_LABELS if label in known), None)
        if status is None or not re.fullmatch(r"[1-5](\d\d|xx)", status) or not name.endswith(("_total", "_count")):
            continue
        found = True
        if any(known.get(label) in (health, "/metrics") for label in PATH_LABELS):
            continue
        total += float(value)
        failed += float(value) if status.startswith("5") else 0
    return (total, failed) if found else None


def percent_by(prometheus: str, query: str) -> float | None:
    """Answer of Prometheus to a query for one number."""
    text = fetch(f"{prometheus.rstrip('/')}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
    result = json.loads(text)["data"]["result"] if text else []
    # A scalar is the pair itself; a vector has one for each series.
    pair = result if len(result) == 2 and not isinstance(result[0], dict) else (result[0]["value"] if result else None)
    value = float(pair[1]) if pair else math.nan
    return None if math.isnan(value) else value
