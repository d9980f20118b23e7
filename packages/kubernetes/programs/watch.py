"""Looks whether there are objects in a bucket that there were not when it looked before, and keeps what it has seen in MLflow.

WATCH_URL       bucket: `s3://bucket` or `gs://bucket`
WATCH_PREFIX    beginning of the names of the objects that count
WATCH_ENDPOINT  store that speaks S3, if it is another than Amazon's
WATCH_CA_VARIABLE  variable that has the authority of that store's certificate, where it has one of its own
RESULT_FOLDER   folder that gets `is-new`: yes or no
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pipeline_run

TAG = "pipeline.seen"


def listed(url: str, prefix: str) -> Iterator[str]:
    """A line for each object, which changes when the object does."""
    place = urlsplit(url)
    if place.scheme == "gs":
        from google.cloud import storage

        for found in storage.Client().list_blobs(place.netloc, prefix=prefix):
            yield f"{found.name} {found.etag}"
        return
    import boto3

    store = boto3.client("s3", endpoint_url=os.environ.get("WATCH_ENDPOINT") or None, verify=authority())
    pages = store.get_paginator("list_objects_v2").paginate(Bucket=place.netloc, Prefix=prefix)
    for page in pages:
        for found in page.get("Contents", []):
            yield f"{found['Key']} {found['ETag']}"


def authority() -> str | None:
    """File with the authority that the store's certificate is signed by; None for one that everybody trusts."""
    certificate = os.environ.get(os.environ.get("WATCH_CA_VARIABLE", ""))
    if not certificate:
        return None
    path = Path(pipeline_run.setting("RESULT_FOLDER"), "store-ca.pem")
    path.write_text(certificate)
    return str(path)


def watch() -> None:
    from mlflow import MlflowClient

    digest = hashlib.sha256()
    for line in listed(pipeline_run.setting("WATCH_URL"), os.environ.get("WATCH_PREFIX", "")):
        digest.update(line.encode() + b"\n")
    seen = digest.hexdigest()
    client = MlflowClient()
    name = pipeline_run.setting("PIPELINE_EXPERIMENT")
    experiment = client.get_experiment_by_name(name)
    identity = experiment.experiment_id if experiment else client.create_experiment(name)
    before = experiment.tags.get(TAG) if experiment else None
    client.set_experiment_tag(identity, TAG, seen)
    # What there is at the first look is what the first run is for, and a person starts that.
    is_new = before is not None and before != seen
    Path(pipeline_run.setting("RESULT_FOLDER"), "is-new").write_text("yes" if is_new else "no")
    print("new objects" if is_new else "nothing new", flush=True)


pipeline_run.run(watch)
