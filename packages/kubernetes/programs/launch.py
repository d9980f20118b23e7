"""Makes the object that trains, waits for its end, and ends as it did.

An orchestrator runs this as a stage: the object (a Job, a TrainJob or a RayJob) goes through the team's queue as a whole, and
its pods outlive a restart of this one, which takes up an object of its name that is there already, unless that has failed. It
is deleted when the stage is stopped.

JOB_FILE        object as JSON; `$(PIPELINE_RUN_ID)` and `$(TRIAL_SUFFIX)` in it become the variables of these names
JOB_OWNER       object that it goes with, as JSON of an ownerReference; without it, it is deleted once it has succeeded
RESULT_FOLDER   folder that gets `queued-seconds`, how long it waited for room
"""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

from kubernetes_api import POLL_SECONDS, Api, Stopped, own_namespace, raise_when_stopped

PLURALS = {"Job": "jobs", "TrainJob": "trainjobs", "RayJob": "rayjobs"}


def manifest() -> dict:
    """The object, with the variables of this run in it."""
    text = Path(os.environ["JOB_FILE"]).read_text()

    def variable(match: re.Match[str]) -> str:
        return json.dumps(os.environ.get(match[1], ""))[1:-1]

    found = json.loads(re.sub(r"\$\((PIPELINE_RUN_ID|TRIAL_SUFFIX)\)", variable, text))
    for env in lists_of_variables(found):
        env.extend({"name": key, "value": value} for key, value in sorted(trial().items()))
    owner = os.environ.get("JOB_OWNER")
    if owner:
        found["metadata"]["ownerReferences"] = [json.loads(owner)]
    return found


def trial() -> dict[str, str]:
    """What a trial of a search varies, for the processes that train."""
    return {key: value for key, value in os.environ.items() if key.startswith(("PARAMETER_", "PIPELINE_TRIAL"))}


def lists_of_variables(node: object) -> list[list[dict]]:
    """The variables of each container of an object."""
    if isinstance(node, list):
        return [found for item in node for found in lists_of_variables(item)]
    if not isinstance(node, dict):
        return []
    own = [node["env"]] if isinstance(node.get("env"), list) else []
    return own + [found for item in node.values() for found in lists_of_variables(item)]


def outcome(status: dict) -> bool | None:
    """Whether it has succeeded; None while it has not ended."""
    for condition in status.get("conditions", []):
        if condition["status"] == "True" and condition["type"] in ("Complete", "Failed"):
            return condition["type"] == "Complete"
    ends = {"Complete": status.get("jobStatus") == "SUCCEEDED", "Failed": False}
    return ends.get(status.get("jobDeploymentStatus", ""))


def is_waiting(found: dict) -> bool:
    """Whether the queue has not let it in yet."""
    return bool(found.get("spec", {}).get("suspend"))


def main() -> None:
    raise_when_stopped()
    job = manifest()
    kind, name = job["kind"], job["metadata"]["name"]
    objects = f"/apis/{job['apiVersion']}/namespaces/{own_namespace()}/{PLURALS[kind]}"
    own = f"{objects}/{name}"
    api = Api()
    started = time.monotonic()
    queued: float | None = None
    ended: bool | None = None
    deletion = f"{own}?propagationPolicy=Background"
    try:
        found = api.get(own)
        if found is not None and outcome(found.get("status", {})) is False:
            # Of a stage that a person starts once more.
            api.call("DELETE", deletion)
            while api.get(own) is not None:
                time.sleep(POLL_SECONDS)
            found = None
        found = found or api.call("POST", objects, job)
        while found is not None:
            if queued is None and not is_waiting(found):
                queued = time.monotonic() - started
                Path(os.environ["RESULT_FOLDER"], "queued-seconds").write_text(f"{queued:.0f}")
                print(f"{kind} {name} was let in after {queued:.0f} s.", flush=True)
            ended = outcome(found.get("status", {}))
            if ended is not None:
                break
            time.sleep(POLL_SECONDS)
            found = api.get(own)
    except Stopped:
        api.call("DELETE", deletion)
        raise SystemExit(f"{kind} {name} was deleted, as the stage was stopped.") from None
    if ended is None:
        raise SystemExit(f"{kind} {name} was deleted while it ran.")
    if not ended:
        raise SystemExit(f"{kind} {name} failed: see its pods.")
    print(f"{kind} {name} succeeded.", flush=True)
    if not os.environ.get("JOB_OWNER"):
        api.call("DELETE", deletion)


if __name__ == "__main__":
    main()
