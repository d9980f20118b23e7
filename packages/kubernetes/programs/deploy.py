"""Brings a version of a model into production: to a canary first, then to all replicas, and back where it does worse.

An orchestrator runs this as a stage. Started again after it was killed, it goes on or begins anew, as what it finds calls
for; stopped before the model is in production, it puts everything back.

DELIVERY               field `delivery` of the service's binding, as JSON
CANARY_MINUTES         how long the canary is watched; 10 by default
MAXIMUM_ERROR_PERCENT  percent of the canary's requests that may fail; 1 by default
PROMETHEUS_URL, PROMETHEUS_QUERY   where to ask for that percentage, and how; else the pods are asked for their metrics
PIPELINE_MODEL         registered model
MODEL_VERSION          version to deliver; by default the one with the alias that PIPELINE_ALIAS names, or "candidate"
MLFLOW_TRACKING_*, PIPELINE_CA_VARIABLE    the registry
PIPELINE_COMMITTED_AT  when what is delivered was committed
RESULT_FOLDER          folder that gets `outcome` (promoted or rolled-back) and `lead-time-seconds`
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.parse
from datetime import datetime, timezone
from pathlib import Path

from canary import Watch, Worse, is_ready, restarts
from kubernetes_api import POLL_SECONDS, Api, Stopped, raise_when_stopped
from registry import Registry, RegistryError

ANNOTATION = "aistack.dev/model"
"""Of the stable pods' template: changing it restarts them, one after the other."""

SCHEDULING_SECONDS = float(os.environ.get("SCHEDULING_SECONDS", "600"))
"""What a replica may take before its server starts: for a node and for the image."""

MOST_RESTARTS = 3
"""Of a canary that starts: something that it needs may come later."""


class Service:
    """The two Deployments, and what says which model each serves."""

    def __init__(self, api: Api, target: dict) -> None:
        self.api = api
        self.target = target
        self.namespace = f"namespaces/{target['namespace']}"
        self.stable = f"/apis/apps/v1/{self.namespace}/deployments/{target['stable']}"
        self.canary = f"/apis/apps/v1/{self.namespace}/deployments/{target['canary']}"
        self.pointer = f"/api/v1/{self.namespace}/configmaps/{target['models']}"

    def models(self) -> dict[str, str]:
        return self._there(self.pointer).get("data") or {}

    def point(self, **models: str | None) -> None:
        """Says which model to serve; None takes an entry out."""
        self.api.patch(self.pointer, {"data": {name.replace("_", "-"): value for name, value in models.items()}})

    def scale(self, path: str, replicas: int) -> None:
        self.api.patch(f"{path}/scale", {"spec": {"replicas": replicas}})

    def replicas(self) -> int:
        return self._there(self.stable)["spec"]["replicas"]

    def started_for(self) -> str | None:
        """Model that the stable pods were started for last; None before the first delivery."""
        template = self._there(self.stable)["spec"]["template"]
        return (template["metadata"].get("annotations") or {}).get(ANNOTATION)

    def start_for(self, uri: str | None) -> None:
        self.api.patch(self.stable, {"spec": {"template": {"metadata": {"annotations": {ANNOTATION: uri}}}}})

    def is_rolled_out(self) -> bool:
        """Whether all stable replicas are of the newest template and answer; raises where that will not be."""
        deployment = self._there(self.stable)
        status, wanted = deployment["status"], deployment["spec"]["replicas"]
        if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
            return False
        for condition in status.get("conditions", []):
            if condition["type"] == "Progressing" and condition["status"] == "False":
                raise Worse(f"its replicas do not start: {condition.get('message', condition.get('reason'))}")
        counts = (status.get(field, 0) for field in ("replicas", "updatedReplicas", "availableReplicas"))
        return wanted > 0 and all(count == wanted for count in counts)

    def canary_pods(self) -> list[dict]:
        labels = ",".join(f"{name}={value}" for name, value in sorted(self.target["canaryLabels"].items()))
        query = urllib.parse.urlencode({"labelSelector": labels})
        pods = self._there(f"/api/v1/{self.namespace}/pods?{query}")["items"]
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def _there(self, path: str) -> dict:
        found = self.api.get(path)
        if found is None:
            raise SystemExit(f"There is no {path}; is the service still there, and does it have `delivery`?")
        return found


class Delivery:
    """One version on its way."""

    def __init__(self, service: Service, version: str, uri: str) -> None:
        self.service = service
        self.version = version
        self.uri = uri
        self.mark: str | None = None
        """What the stable pods were started for before this changes it."""
        self.start_seconds = service.target["startupTimeoutSeconds"] + SCHEDULING_SECONDS

    def is_done(self) -> bool:
        """Whether it is in production already."""
        models, started_for = self.service.models(), self.service.started_for()
        if models.get("stable-uri") != self.uri:
            return False
        # What was there before the first delivery bears no mark.
        started = started_for == self.uri or (started_for is None and "previous-uri" not in models)
        try:
            return started and self.service.is_rolled_out()
        except Worse:
            return False

    def try_out(self, minutes: float, most_percent: float) -> None:
        """Gives it to the canary and watches. Does nothing where that went well before and this was killed then."""
        service, target = self.service, self.service.target
        models = service.models()
        stable = models.get("stable-uri")
        if stable == self.uri:
            self.mark = models.get("previous-uri")
            return
        self.mark = service.started_for()
        if self.mark not in (None, stable):
            # Killed in the middle of putting a model back.
            service.start_for(stable)
            self.mark = stable
        service.scale(service.canary, 0)
        self._wait("the last canary goes", lambda: not service.canary_pods())
        service.point(canary_uri=self.uri, canary_version=self.version)
        service.scale(service.canary, target["canaryReplicas"])
        self._wait("the canary is ready", self._canary_is_up)
        print(f"{self.uri} answers a part of the requests for {minutes:g} minutes.", flush=True)
        self._watch(minutes, most_percent)

    def _canary_is_up(self) -> bool:
        pods = self.service.canary_pods()
        if restarts(pods) >= MOST_RESTARTS:
            raise Worse(f"the canary was restarted {restarts(pods)} times before it was ready")
        return sum(map(is_ready, pods)) == self.service.target["canaryReplicas"]

    def _watch(self, minutes: float, most_percent: float) -> None:
        target = self.service.target
        watch = Watch(target["healthPath"], target["port"], most_percent)
        before = restarts(self.service.canary_pods())
        end = time.monotonic() + 60 * minutes
        while True:
            pods = self.service.canary_pods()
            if restarts(pods) > before:
                raise Worse("the canary was restarted")
            if sum(map(is_ready, pods)) < target["canaryReplicas"]:
                raise Worse("the canary is no longer ready")
            watch.look(pods)
            is_over = time.monotonic() >= end
            watch.judge(at_the_end=is_over)
            if is_over:
                return
            time.sleep(POLL_SECONDS)

    def promote(self) -> None:
        """Gives it to all replicas."""
        service = self.service
        models = service.models()
        if models.get("stable-uri") != self.uri:
            service.point(
                stable_uri=self.uri,
                stable_version=self.version,
                previous_uri=models.get("stable-uri", ""),
                previous_version=models.get("stable-version", ""),
            )
        service.start_for(self.uri)
        if service.replicas() == 0:
            service.scale(service.stable, service.target["replicas"])
        self._wait("all replicas serve it", service.is_rolled_out, max(1, service.replicas()))

    def end_canary(self) -> None:
        self.service.scale(self.service.canary, 0)
        self.service.point(canary_uri=None, canary_version=None)

    def roll_back(self) -> None:
        """Puts back what was served before, as far as that had changed."""
        service = self.service
        models = service.models()
        before = models.get("previous-uri")
        if models.get("stable-uri") == self.uri and before is not None:
            service.point(
                stable_uri=before or None,
                stable_version=models.get("previous-version") or None,
                previous_uri=None,
                previous_version=None,
            )
            service.start_for(self.mark or None)
            if not before:
                service.scale(service.stable, 0)
        self.end_canary()

    def _wait(self, what: str, holds, times: int = 1) -> None:
        deadline = time.monotonic() + self.start_seconds * times
        while not holds():
            if time.monotonic() > deadline:
                raise Worse(f"after {self.start_seconds * times:g} seconds it does not hold that {what}")
            time.sleep(POLL_SECONDS)


def write_result(name: str, value: str) -> None:
    folder = os.environ.get("RESULT_FOLDER")
    if folder:
        Path(folder, name).write_text(value)


def announce(registry: Registry, model: str, version: dict, now: datetime) -> None:
    """Tells the registry what is in production."""
    registry.set_alias(model, "production", version["version"])
    tags = {"pipeline.delivery": "promoted", "pipeline.deployed_at": now.isoformat(timespec="seconds")}
    if version.get("run_id"):
        registry.set_tags(version["run_id"], tags)


def main() -> None:
    raise_when_stopped()
    registry, model = Registry(), os.environ["PIPELINE_MODEL"]
    try:
        wanted = os.environ.get("MODEL_VERSION")
        alias = os.environ.get("PIPELINE_ALIAS") or "candidate"
        version = registry.version(model, wanted) if wanted else registry.version_with(model, alias)
    except RegistryError as error:
        raise SystemExit(f"There is nothing to deliver: {error}") from error
    uri = f"models:/{model}/{version['version']}"
    delivery = Delivery(Service(Api(), json.loads(os.environ["DELIVERY"])), version["version"], uri)
    try:
        if not delivery.is_done():
            delivery.try_out(
                float(os.environ.get("CANARY_MINUTES") or 10), float(os.environ.get("MAXIMUM_ERROR_PERCENT") or 1)
            )
            delivery.promote()
        # From here on it is in production, and a stop only hurries.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    except BaseException as error:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        reason = "the stage was stopped" if isinstance(error, Stopped) else str(error)
        delivery.roll_back()
        write_result("outcome", "rolled-back")
        tell(registry, version)
        raise SystemExit(f"{uri} was rolled back: {reason}") from error
    delivery.end_canary()
    now = datetime.now(timezone.utc)
    try:
        announce(registry, model, version, now)
    except RegistryError as error:
        raise SystemExit(f"{uri} is in production, but the registry does not know it: {error}") from error
    committed = os.environ.get("PIPELINE_COMMITTED_AT")
    if committed:
        lead = now - datetime.fromisoformat(committed.replace("Z", "+00:00"))
        write_result("lead-time-seconds", f"{lead.total_seconds():.0f}")
    write_result("outcome", "promoted")
    print(f"{uri} is in production.", flush=True)


def tell(registry: Registry, version: dict) -> None:
    """Notes a rollback with the run, if the registry can be reached."""
    try:
        if version.get("run_id"):
            registry.set_tags(version["run_id"], {"pipeline.delivery": "rolled-back"})
    except RegistryError as error:
        print(f"The rollback is not recorded: {error}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
