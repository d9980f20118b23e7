"""Imports the DAGs of a folder as Airflow's own processor does, and prints as JSON what came of it: the pods that would be
sent to the API server in a run, and how tasks end as their pods do.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from airflow.dag_processing.dagbag import BundleDagBag
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.serialization.serialized_objects import DagSerialization
from kubernetes import client as k8s

# There is no cluster.
KubernetesPodOperator.hook = SimpleNamespace(is_in_cluster=True)
for method in (
    "process_pod_deletion",
    "patch_already_checked",
    "is_istio_enabled",
    "_read_pod_container_states",
    "_read_pod_events",
):
    setattr(KubernetesPodOperator, method, lambda *args, **kwargs: None)
RUN_ID = "manual__2026-11-25T00:00:00+00:00"
RUN = SimpleNamespace(run_type="manual")
RESPONSE = {"chosen_options": ["Approve"], "responded_by_user": {"id": "7", "name": "Ada"}}

folder = Path(sys.argv[1])
bag = BundleDagBag(dag_folder=str(folder), bundle_path=folder, bundle_name="pipeline")


def plain(value: object) -> object:
    return value.total_seconds() if isinstance(value, timedelta) else value


def pod_of(operator) -> dict:
    """The pod as it would be sent to the API server."""
    context = {
        "run_id": RUN_ID,
        "dag_run": RUN,
        "params": operator.dag.params.dump(),
        "ti": SimpleNamespace(xcom_pull=lambda task_ids: RESPONSE),
        **operator.dag.user_defined_macros,
    }
    operator.render_template_fields(context)
    operator.name = operator._set_name(operator.name)
    return k8s.ApiClient().sanitize_for_serialization(operator.build_pod_request_obj(None))


def ending(operator, exit_code: int, *conditions: str) -> str:
    """Name of the exception by which a task ends whose pod ended so."""
    terminated = k8s.V1ContainerState(terminated=k8s.V1ContainerStateTerminated(exit_code=exit_code))
    container = k8s.V1ContainerStatus(
        name="main", image="", image_id="", ready=False, restart_count=0, state=terminated
    )
    status = k8s.V1PodStatus(
        phase="Failed" if exit_code else "Succeeded",
        container_statuses=[container],
        conditions=[k8s.V1PodCondition(type=name, status="True") for name in conditions],
    )
    pod = k8s.V1Pod(
        metadata=k8s.V1ObjectMeta(name="p"), spec=k8s.V1PodSpec(containers=[k8s.V1Container(name="main")]), status=status
    )
    try:
        operator.cleanup(pod=pod, remote_pod=pod, xcom_result=None, context=None)
    except Exception as error:
        return type(error).__name__
    return "success"


def described(task) -> dict:
    mapped = isinstance(task, MappedOperator)
    row = {
        "type": task.task_type,
        "upstream": sorted(task.upstream_task_ids),
        "mapped": mapped,
        **{
            field: plain(getattr(task, field, None))
            for field in ("retries", "execution_timeout", "retry_delay", "max_active_tis_per_dagrun")
        },
    }
    if not mapped and task.task_type in ("KubernetesPodOperator", "Once"):
        row["pod"] = pod_of(task)
        row["endings"] = [ending(task, 0), ending(task, 1), ending(task, 99), ending(task, 143, "DisruptionTarget")]
        row["skip_on_exit_code"] = list(task.skip_on_exit_code)
        row["startup_timeout_seconds"] = task.startup_timeout_seconds
    if task.task_id.endswith("-draw"):
        params = task.dag.params.dump()
        row["drawn"] = task.python_callable(run_id=RUN_ID, dag_run=RUN, params=params)
    if task.task_type == "HITLOperator":
        row |= {
            "options": task.options,
            "defaults": task.defaults,
            "response_timeout": plain(task.response_timeout),
        }
    return row


def main() -> None:
    found = {"errors": bag.import_errors, "dags": {}}
    for name, dag in bag.dags.items():
        DagSerialization.to_dict(dag)
        found["dags"][name] = {
            "schedule": dag.schedule,
            "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "is_paused_upon_creation": dag.is_paused_upon_creation,
            "tags": sorted(dag.tags),
            "tasks": {task.task_id: described(task) for task in dag.tasks},
        }
    print("\n" + json.dumps(found))


main()
