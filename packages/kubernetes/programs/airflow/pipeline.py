"""The pipeline that `pipeline.json` beside it describes, as a DAG of Apache Airflow: a pod for each stage.

Airflow's own pods only start those pods and wait; a wait of hours is the triggerer's. Programs of stages run in the
namespace of the stages, as accounts of their own.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

FOLDER = Path(__file__).parent
sys.path.append(str(FOLDER))

import draw  # noqa: E402

PIPELINE = json.loads((FOLDER / "pipeline.json").read_text())
NAME = PIPELINE["name"]

STOP = 99
"""Exit code of a program that ended well and says that what comes after it is left out: see `go_on.py`."""

APPROVE, REJECT = "Approve", "Reject"


def run_name(run_id: str) -> str:
    """Name of a run that Kubernetes takes in names of objects, the same for all stages and attempts."""
    return f"{NAME}-{hashlib.sha256(run_id.encode()).hexdigest()[:12]}"


def answer_of(response: dict) -> str:
    """What the person said; an answer of nobody, as time ran out, is none."""
    approved = response["responded_by_user"] and response["chosen_options"] == [APPROVE]
    return "approved" if approved else "rejected"


def approver_of(response: dict) -> str:
    person = response["responded_by_user"]
    return (person.get("name") or person["id"]) if person else "nobody in time"


class Once(KubernetesPodOperator):
    """A pod that is started again where its node was lost, and not where it failed: it has used up attempts of its own."""

    def cleanup(self, pod, remote_pod, *args, **kwargs) -> None:
        try:
            super().cleanup(pod, remote_pod, *args, **kwargs)
        except AirflowSkipException:
            raise
        except AirflowException as error:
            if was_lost(remote_pod):
                raise
            raise AirflowFailException(str(error)) from error


def was_lost(pod) -> bool:
    """Whether a pod ended because its node was drained, taken back or broken."""
    conditions = pod.status.conditions or []
    return pod.status.reason is not None or any(
        condition.type == "DisruptionTarget" and condition.status == "True" for condition in conditions
    )


RUN = {
    # First, since Kubernetes puts it into the variables after it.
    "PIPELINE_RUN_ID": "{{ run_name(run_id) }}",
    "PIPELINE_TRIGGER": "{{ 'schedule' if dag_run.run_type == 'scheduled' else params['trigger'] }}",
    "PIPELINE_REVISION": "{{ params['revision'] }}",
    "PIPELINE_COMMITTED_AT": "{{ params['committed-at'] }}",
}


def arguments_of(row: dict) -> dict:
    """Arguments of the operator of a pod."""
    return {
        "name": f"{NAME}-{row['id']}",
        "namespace": PIPELINE["namespace"],
        "full_pod_spec": PodGenerator.deserialize_model_dict(row["pod"]),
        "base_container_name": "main",
        "in_cluster": True,
        "kubernetes_conn_id": None,
        "deferrable": True,
        "poll_interval": 10,
        # A pod waits for room in the queue before it starts.
        "startup_timeout_seconds": row["startMinutes"] * 60,
        "log_events_on_failure": True,
        # It names every variable.
        "log_pod_spec_on_failure": False,
        "on_finish_action": "delete_pod",
        "skip_on_exit_code": STOP,
        "retries": row["retries"],
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=10),
        # Of Airflow's part; the pod has a deadline of its own, which its wait in the queue does not count for.
        "execution_timeout": timedelta(minutes=row["timeoutMinutes"]),
    }


def operator_of(row: dict) -> type[KubernetesPodOperator]:
    return Once if row["once"] else KubernetesPodOperator


def pod_task(row: dict, **more: str) -> KubernetesPodOperator:
    return operator_of(row)(task_id=row["id"], env_vars={**RUN, **more, **row["environment"]}, **arguments_of(row))


def person_task(row: dict) -> HITLOperator:
    """Asks a person; whoever says nothing in time has rejected it."""
    limit = timedelta(hours=row["timeoutHours"])
    knows = "response_timeout" in inspect.signature(HITLOperator.__init__).parameters
    return HITLOperator(
        task_id=row["id"],
        subject=f"Does the model {PIPELINE['model']} of {NAME} go to production?",
        body="Its metrics are in MLflow, in the run {{ run_name(run_id) }}.",
        options=[APPROVE, REJECT],
        defaults=[REJECT],
        **{"response_timeout" if knows else "execution_timeout": limit},
    )


def record_task(row: dict) -> KubernetesPodOperator:
    """Records what the person said, and who it was; ends the run where it was a refusal."""
    response = f"ti.xcom_pull(task_ids='{row['person']}')"
    return pod_task(
        row,
        PIPELINE_ANSWER=f"{{{{ answer_of({response}) }}}}",
        PIPELINE_APPROVER=f"{{{{ approver_of({response}) }}}}",
    )


def search_task(row: dict):
    """Draws the values of a search, and runs a pod for each trial: returns the first task and the last one."""
    search = row["search"]

    @task(task_id=row["draw"], retries=2)
    def drawn(run_id=None, dag_run=None, params=None) -> list[dict[str, str]]:
        run = run_name(run_id)
        of_run = {
            "PIPELINE_RUN_ID": run,
            "PIPELINE_TRIGGER": "schedule" if dag_run.run_type == "scheduled" else params["trigger"],
            "PIPELINE_REVISION": params["revision"],
            "PIPELINE_COMMITTED_AT": params["committed-at"],
        }
        return [
            {
                **of_run,
                "PIPELINE_TRIAL": trial.pop("trial"),
                "TRIAL_SUFFIX": f"-{number}",
                **{f"PARAMETER_{name.upper()}": value for name, value in trial.items()},
                **row["environment"],
            }
            for number, trial in enumerate(draw.trials(search, run), 1)
        ]

    first = drawn()
    trials = (
        operator_of(row)
        .partial(task_id=row["id"], max_active_tis_per_dagrun=search["parallel"], **arguments_of(row))
        .expand(env_vars=first)
    )
    return first, trials


def tasks_of(row: dict) -> tuple:
    """First and last task of a row."""
    if row["kind"] == "person":
        made = person_task(row)
    elif row["kind"] == "record":
        made = record_task(row)
    elif row["kind"] == "search":
        return search_task(row)
    else:
        made = pod_task(row)
    return made, made


def text(default: str, pattern: str, description: str) -> Param:
    """A parameter of a run. Its pattern keeps templates out, which Airflow would evaluate."""
    return Param(default, type="string", pattern=f"^{pattern}$", description=description)


def dag_of(dag_id: str, schedule: str | None, description: str) -> DAG:
    return DAG(
        dag_id=dag_id,
        description=description,
        schedule=schedule,
        start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        # One run after the other, so that two do not bring their models to production at once.
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=["mlops", NAME],
        params={
            "trigger": text("person", "[a-z]{1,20}", "What started the run: person or data"),
            "revision": text("", "[A-Za-z0-9._/-]{0,100}", "Commit that the run is about"),
            "committed-at": text("", "[0-9TZ:.+-]{0,40}", "When it was committed, as RFC 3339 says it"),
        },
        user_defined_macros={"run_name": run_name, "answer_of": answer_of, "approver_of": approver_of},
    )


with dag_of(NAME, PIPELINE.get("schedule"), f"From data to {PIPELINE['model']} in production") as pipeline:
    ends: dict[str, tuple] = {}
    for stage in PIPELINE["tasks"]:
        ends[stage["id"]] = tasks_of(stage)
        for before in stage["after"]:
            ends[before][1] >> ends[stage["id"]][0]

if "watch" in PIPELINE:
    watch = PIPELINE["watch"]
    with dag_of(f"{NAME}-data", watch["schedule"], f"Starts {NAME} where there is new data") as watching:
        start = TriggerDagRunOperator(task_id="start", trigger_dag_id=NAME, conf={"trigger": "data"})
        pod_task(watch) >> start
