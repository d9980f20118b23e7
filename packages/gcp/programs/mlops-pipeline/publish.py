"""Registers the model, and makes it a version in the Vertex AI Model Registry with its alias; once for a run."""

import time

import google_api
import pipeline_run
import register  # noqa: F401  It registers when it is imported.

LABEL = "pipeline-run"
POLL_SECONDS = 10
MOST_POLLS = 180


def version_of(run: str) -> dict | None:
    """The version that this run has made, in an attempt before."""
    try:
        found = google_api.call(f"{_model_url()}:listVersions?filter=labels.{LABEL}%3D%22{run}%22")
    except google_api.Refused as error:
        if error.code == 404:
            return None
        raise
    return next(iter(found.get("models", [])), None)


def upload(run: str) -> None:
    """Makes the version, which names the files that the run has saved, and the image that answers requests with them."""
    files = pipeline_run.load(pipeline_run.MODEL)
    if not (files / "model.joblib").exists():
        pipeline_run.fail("the model is none of scikit-learn's; give the stage that registers it a program of its own")
    model = {
        "displayName": pipeline_run.setting("PIPELINE_MODEL"),
        "artifactUri": f"{pipeline_run.setting('VERTEX_RUNS')}/{run}/artifacts/{pipeline_run.MODEL}",
        "containerSpec": {"imageUri": pipeline_run.setting("VERTEX_PREDICTION_IMAGE")},
        "encryptionSpec": {"kmsKeyName": pipeline_run.setting("VERTEX_KEY")},
        "labels": {LABEL: run},
        "versionDescription": f"Run {run} of the pipeline {pipeline_run.setting('PIPELINE_NAME')}",
    }
    parent = _exists()
    place = {"parentModel": _model_name()} if parent else {"modelId": pipeline_run.setting("VERTEX_MODEL")}
    service_account = pipeline_run.setting("VERTEX_SERVICE_ACCOUNT")
    operation = google_api.call(
        f"{_models_url()}:upload", {**place, "model": model, "serviceAccount": service_account}
    )
    for _ in range(MOST_POLLS):
        if operation.get("done"):
            break
        time.sleep(POLL_SECONDS)
        operation = google_api.call(f"{pipeline_run.setting('VERTEX_ENDPOINT')}/v1/{operation['name']}")
    else:
        pipeline_run.fail("the Model Registry has not taken the model within half an hour")
    if "error" in operation:
        pipeline_run.fail(f"the Model Registry refuses the model: {operation['error'].get('message')}")


def move_alias(alias: str, version: str) -> None:
    """Gives the alias to the version, and takes it from the one before."""
    try:
        before = google_api.call(f"{_model_url()}@{alias}").get("versionId")
    except google_api.Refused as error:
        if error.code != 404:
            raise
        before = None
    if before == version:
        return
    if before is not None:
        google_api.call(f"{_model_url()}@{before}:mergeVersionAliases", {"versionAliases": [f"-{alias}"]})
    google_api.call(f"{_model_url()}@{version}:mergeVersionAliases", {"versionAliases": [alias]})


def publish() -> None:
    run = pipeline_run.setting("PIPELINE_RUN_ID")
    if version_of(run) is None:
        upload(run)
    made = version_of(run) or pipeline_run.fail("the Model Registry does not show the model that it has taken")
    alias = pipeline_run.setting("PIPELINE_ALIAS")
    move_alias(alias, made["versionId"])
    print(f"{_model_name()}, version {made['versionId']}, is {alias}", flush=True)


def _exists() -> bool:
    try:
        google_api.call(_model_url())
    except google_api.Refused as error:
        if error.code == 404:
            return False
        raise
    return True


def _parent() -> str:
    return f"projects/{pipeline_run.setting('VERTEX_PROJECT')}/locations/{pipeline_run.setting('VERTEX_LOCATION')}"


def _model_name() -> str:
    return f"{_parent()}/models/{pipeline_run.setting('VERTEX_MODEL')}"


def _models_url() -> str:
    return f"{pipeline_run.setting('VERTEX_ENDPOINT')}/v1/{_parent()}/models"


def _model_url() -> str:
    return f"{pipeline_run.setting('VERTEX_ENDPOINT')}/v1/{_model_name()}"


pipeline_run.run(publish)
