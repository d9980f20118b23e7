"""Lets a model through, or does not: by what its metrics must be, or by what a person said. Either way it is recorded."""

import json
import os
import time
import urllib.request
from pathlib import Path

import pipeline_run

ATTEMPTS = 5


def shortfalls(
    thresholds: list[dict], metrics: dict[str, float], production: dict[str, float] | None
) -> list[str]:
    """Where the metrics are not what they must be."""
    found = []
    for threshold in thresholds:
        name = threshold["metric"]
        value = metrics.get(name)
        if value is None:
            found.append(f"{name} was not logged")
            continue
        minimum, maximum, slack = (threshold.get(key) for key in ("minimum", "maximum", "mayRegressBy"))
        # Not `value < minimum`: a metric that is not a number passes nothing.
        if minimum is not None and not value >= minimum:
            found.append(f"{name} is {value:.6g}, below {minimum:g}")
        if maximum is not None and not value <= maximum:
            found.append(f"{name} is {value:.6g}, above {maximum:g}")
        best = (production or {}).get(name)
        if slack is not None and best is not None:
            loss = value - best if threshold.get("minimize") else best - value
            if not loss <= slack:
                found.append(f"{name} is {value:.6g}, but {best:.6g} in production")
    return found


def record(outcome: str, reasons: list[str], metrics: dict[str, float]) -> None:
    """Sends the decision to the collector of audit events, which has it on a disk when it answers."""
    url = os.environ.get("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT")
    if not url:
        return
    attributes = {
        "audit.class": "model.approval",
        "audit.actor": os.environ.get("PIPELINE_APPROVER") or f"pipeline/{pipeline_run.setting('PIPELINE_NAME')}",
        "audit.model": pipeline_run.setting("PIPELINE_MODEL"),
        "audit.outcome": outcome,
        "audit.case_id": pipeline_run.setting("PIPELINE_RUN_ID"),
        "pipeline.name": pipeline_run.setting("PIPELINE_NAME"),
        "approval.reasons": "; ".join(reasons),
        # Six digits: a longer number could be taken for that of a card.
        **{f"metric.{name}": f"{value:.6g}" for name, value in sorted(metrics.items())},
    }
    logged = {
        "timeUnixNano": str(time.time_ns()),
        "eventName": "model.approval",
        "attributes": _pairs({name: value for name, value in attributes.items() if value}),
    }
    sender = {"attributes": _pairs({"service.name": pipeline_run.setting("PIPELINE_NAME")})}
    body = json.dumps({"resourceLogs": [{"resource": sender, "scopeLogs": [{"logRecords": [logged]}]}]})
    _post(url, body.encode())


def _pairs(values: dict[str, str]) -> list[dict]:
    return [{"key": name, "value": {"stringValue": value}} for name, value in values.items()]


def _post(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    for attempt in range(1, ATTEMPTS + 1):
        try:
            urllib.request.urlopen(request, timeout=10).close()
            return
        except OSError as error:
            if attempt == ATTEMPTS:
                pipeline_run.fail(f"the decision could not be recorded, and without a record none is taken: {error}")
            time.sleep(2**attempt)


def approve() -> None:
    metrics = pipeline_run.metrics()
    thresholds = json.loads(os.environ.get("PIPELINE_THRESHOLDS") or "[]")
    reasons = shortfalls(thresholds, metrics, pipeline_run.production_metrics())
    if os.environ.get("PIPELINE_ANSWER", "approved") != "approved":
        reasons.append("a person refused it")
    outcome = "rejected" if reasons else "approved"
    record(outcome, reasons, metrics)
    pipeline_run.store().set_tags({"pipeline.approval": outcome})
    print(f"{outcome}: {'; '.join(reasons) or 'nothing is against it'}", flush=True)
    decision = os.environ.get("PIPELINE_DECISION_FILE")
    if decision:
        Path(decision).write_text(outcome)


if __name__ == "__main__":
    pipeline_run.run(approve)
