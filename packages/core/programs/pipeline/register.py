"""Makes the model a version of the registered model and gives it its alias; once for a run, however often it is called."""

import os
from pathlib import Path

import pipeline_run


def register() -> None:
    run = pipeline_run.store()
    if run.tags().get("pipeline.approval") == "rejected":
        pipeline_run.fail("the model was rejected")
    model, alias = pipeline_run.setting("PIPELINE_MODEL"), pipeline_run.setting("PIPELINE_ALIAS")
    version = run.register(model, alias)
    print(f"{model}, version {version}, is {alias}", flush=True)
    file = os.environ.get("PIPELINE_VERSION_FILE")
    if file:
        Path(file).write_text(version)


pipeline_run.run(register)
