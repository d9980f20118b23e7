"""Reads runs of pipelines as Vertex AI does: by kfp's own loader and by the messages of Vertex AI's interface.

In: [run as JSON text]. Out: for each run what it is called, its inputs, and for each job its pools: [machine, accelerator, number, slice, replicas].
"""

import json
import sys

from google.cloud import aiplatform_v1
from google.protobuf import json_format
from google_cloud_pipeline_components.container.v1.gcp_launcher.utils import json_util
from kfp import components
from kfp.pipeline_spec import pipeline_spec_pb2



def pools(payload: str) -> list:
    job = aiplatform_v1.CustomJob(json_util.recursive_remove_empty(json.loads(payload)))
    return [
        [
            pool.machine_spec.machine_type,
            pool.machine_spec.accelerator_type.name,
            pool.machine_spec.accelerator_count,
            pool.machine_spec.tpu_topology,
            pool.replica_count,
        ]
        for pool in job.job_spec.worker_pool_specs
    ]


def told(text: str) -> dict:
    run = json.loads(text)
    specification = run["pipelineSpec"]
    json_format.ParseDict(specification, pipeline_spec_pb2.PipelineSpec())
    component = components.load_component_from_text(json.dumps(specification))
    job = aiplatform_v1.PipelineJob.from_json(text)
    assert job.encryption_spec.kms_key_name and job.service_account
    jobs = {}
    for label, executor in specification["deploymentSpec"]["executors"].items():
        arguments = executor["container"].get("args", [])
        if "--payload" in arguments:
            jobs[label] = pools(arguments[arguments.index("--payload") + 1])
    inputs = {name: spec.default for name, spec in (component.component_spec.inputs or {}).items()}
    return {"name": component.name, "inputs": inputs, "jobs": jobs}


print(json.dumps([told(text) for text in json.load(sys.stdin)]))
