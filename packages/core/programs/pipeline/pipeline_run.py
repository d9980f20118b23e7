"""What a stage of a pipeline has at hand: the run it belongs to, with its files and metrics, and the model in production.

A stage of one's own takes a few lines:

    import pipeline_run

    table = pipeline_run.load("table")                       # what an earlier stage saved, as a path
    pipeline_run.save("report", "/tmp/report.html")          # a file or a folder
    pipeline_run.log_metrics({"accuracy": 0.97})
    rate = float(pipeline_run.parameter("learning_rate", "0.1"))

A run is kept in MLflow, or below the folder that PIPELINE_DIRECTORY names. A stage that is started again finds what it
saved before, and writes over it.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NoReturn, Protocol

PRODUCTION = "production"
MODEL = "model"
"""Name that the model is saved by: a folder, as MLflow's `save_model` writes it."""


class Store(Protocol):
    """Where one run is kept, or one trial of its search."""

    trial: str

    def save(self, name: str, path: Path) -> None: ...

    def names(self) -> list[str]: ...

    def load(self, name: str) -> Path | None: ...

    def log_metrics(self, metrics: dict[str, float]) -> None: ...

    def metrics(self) -> dict[str, float]: ...

    def set_tags(self, tags: dict[str, str]) -> None: ...

    def tags(self) -> dict[str, str]: ...

    def trials(self) -> Iterable["Store"]: ...

    def register(self, model: str, alias: str) -> str: ...

    def production_metrics(self, model: str) -> dict[str, float] | None: ...

    def end(self, succeeded: bool) -> None: ...


def fail(message: str) -> NoReturn:
    """Ends the stage as failed."""
    raise SystemExit(f"{os.environ.get('PIPELINE_STAGE', 'stage')}: {' '.join(message.split())}")


def run(stage: Callable[[], None]) -> None:
    """Runs a stage and notes how it ended; whatever it raises becomes one line on stderr."""
    succeeded = False
    try:
        stage()
        succeeded = True
    except Exception as error:
        fail(f"{type(error).__name__}: {error}")
    finally:
        # What could not be reached has no end to note, and must not hide why.
        if _open.cache_info().currsize:
            with suppress(Exception):
                store().end(succeeded)


def setting(name: str) -> str:
    """A variable that has to be there."""
    value = os.environ.get(name)
    return value if value else fail(f"the variable {name} is not set")


def parameter(name: str, default: str) -> str:
    """The value that a search tries in this trial."""
    return os.environ.get(f"PARAMETER_{name.upper()}", default)


def parameters() -> dict[str, str]:
    """All values that a search tries in this trial."""
    prefix = "PARAMETER_"
    return {name.removeprefix(prefix).lower(): value for name, value in os.environ.items() if name.startswith(prefix)}


def save(name: str, path: str | Path) -> None:
    """Keeps a file or a folder for later stages."""
    store().save(name, Path(path))


def load(name: str) -> Path:
    """What an earlier stage saved; a trial finds what was saved before the search."""
    found = store().load(name) or store(trial="").load(name)
    return found or fail(f"no stage before this one has saved {name}")


def log_metrics(metrics: dict[str, float]) -> None:
    """Records metrics, and prints each as `name=value` for services that read the output."""
    store().log_metrics(metrics)
    for name, value in metrics.items():
        print(f"{name}={value:.12g}", flush=True)


def metrics() -> dict[str, float]:
    """What all stages of this run have logged."""
    return store().metrics()


def production_metrics() -> dict[str, float] | None:
    """What the run had logged whose model is in production; None where none is."""
    return store().production_metrics(setting("PIPELINE_MODEL"))


def store(trial: str | None = None) -> Store:
    """Where this run is kept. `trial` is "" for the run itself; it defaults to the trial that PIPELINE_TRIAL names."""
    return _open(os.environ.get("PIPELINE_TRIAL", "") if trial is None else trial)


@cache
def _open(trial: str) -> Store:
    directory = os.environ.get("PIPELINE_DIRECTORY")
    run_id = setting("PIPELINE_RUN_ID")
    if directory:
        return DirectoryStore(Path(directory), run_id, trial)
    setting("MLFLOW_TRACKING_URI")
    _trust_authority()
    return MlflowStore(run_id, trial)


def _trust_authority() -> None:
    """Hands MLflow's client the authority of the server's certificate, which it only takes as a file."""
    certificate = os.environ.get(os.environ.get("PIPELINE_CA_VARIABLE", ""))
    if certificate:
        path = Path(tempfile.gettempdir(), "tracking-ca.pem")
        path.write_text(certificate)
        os.environ["MLFLOW_TRACKING_SERVER_CERT_PATH"] = str(path)


class DirectoryStore:
    """A run as files: <root>/<run>/{artifacts,metrics,trials}, <run>/tags.json; and <root>/aliases/<model>/<alias>."""

    def __init__(self, root: Path, run_id: str, trial: str) -> None:
        self._root = root
        self._run_id = run_id
        self.trial = trial
        self._directory = root / run_id / "trials" / trial if trial else root / run_id

    def save(self, name: str, path: Path) -> None:
        kept = self._directory / "artifacts" / name
        if path.is_dir():
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(path, kept)
        else:
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, kept)

    def names(self) -> list[str]:
        return [kept.name for kept in (self._directory / "artifacts").glob("*")]

    def load(self, name: str) -> Path | None:
        kept = self._directory / "artifacts" / name
        return kept if kept.exists() else None

    def log_metrics(self, metrics: dict[str, float]) -> None:
        # A file for each stage: stages that run at the same time do not write over one another.
        _merge(self._directory / "metrics" / f"{setting('PIPELINE_STAGE')}.json", metrics)

    def metrics(self) -> dict[str, float]:
        files = sorted((self._directory / "metrics").glob("*.json"), key=lambda file: file.stat().st_mtime)
        return {name: value for file in files for name, value in json.loads(file.read_text()).items()}

    def set_tags(self, tags: dict[str, str]) -> None:
        _merge(self._directory / "tags.json", tags)

    def tags(self) -> dict[str, str]:
        file = self._directory / "tags.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def trials(self) -> list["DirectoryStore"]:
        return [
            DirectoryStore(self._root, self._run_id, kept.name) for kept in (self._directory / "trials").glob("*")
        ]

    def register(self, model: str, alias: str) -> str:
        pointer = self._alias(model, alias)
        pointer.parent.mkdir(parents=True, exist_ok=True)
        pointer.write_text(self._run_id)
        return self._run_id

    def production_metrics(self, model: str) -> dict[str, float] | None:
        pointer = self._alias(model, PRODUCTION)
        return DirectoryStore(self._root, pointer.read_text(), "").metrics() if pointer.exists() else None

    def end(self, succeeded: bool) -> None:
        self.set_tags({"pipeline.succeeded": str(succeeded).lower()})

    def _alias(self, model: str, alias: str) -> Path:
        return self._root / "aliases" / model / alias


def _merge(file: Path, values: dict) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**before, **values}))


class MlflowStore:
    """A run of MLflow, found by its tag; the trials of a search are runs below it."""

    TAG = "pipeline.run_id"

    def __init__(self, run_id: str, trial: str) -> None:
        from mlflow import MlflowClient

        self._client = MlflowClient()
        self.trial = trial
        self._key = f"{run_id}/{trial}" if trial else run_id
        self._experiment = self._experiment_id()
        self._id = self._found() or self._created(run_id, trial)

    def _experiment_id(self) -> str:
        from mlflow.exceptions import MlflowException

        name = setting("PIPELINE_EXPERIMENT")
        experiment = self._client.get_experiment_by_name(name)
        if experiment is None:
            try:
                return self._client.create_experiment(name)
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
                # Another stage was quicker.
                experiment = self._client.get_experiment_by_name(name)
        if experiment is None or experiment.lifecycle_stage != "active":
            fail(f"the experiment {name} is deleted; restore it, or give the pipeline another")
        return experiment.experiment_id

    def _found(self) -> str | None:
        # The oldest, where two stages have created one at the same time.
        found = self._client.search_runs(
            [self._experiment], f"tags.`{self.TAG}` = '{self._key}'", max_results=1, order_by=["start_time ASC"]
        )
        return found[0].info.run_id if found else None

    def _created(self, run_id: str, trial: str) -> str:
        tags = {self.TAG: self._key, "pipeline.name": setting("PIPELINE_NAME")}
        if trial:
            tags["mlflow.parentRunId"] = MlflowStore(run_id, "").id
        created = self._client.create_run(self._experiment, run_name=self._key, tags=tags).info.run_id
        for name, value in parameters().items():
            self._client.log_param(created, name, value)
        return self._found() or created

    @property
    def id(self) -> str:
        """Id of the run in MLflow."""
        return self._id

    def save(self, name: str, path: Path) -> None:
        # MLflow keeps files by their own names, and folders by their content.
        if path.is_dir():
            self._client.log_artifacts(self._id, str(path), name)
            return
        with tempfile.TemporaryDirectory() as folder:
            self._client.log_artifact(self._id, shutil.copyfile(path, Path(folder, name)))

    def names(self) -> list[str]:
        return [kept.path for kept in self._client.list_artifacts(self._id)]

    def load(self, name: str) -> Path | None:
        if name not in self.names():
            return None
        return Path(self._client.download_artifacts(self._id, name, tempfile.mkdtemp()))

    def log_metrics(self, metrics: dict[str, float]) -> None:
        for name, value in metrics.items():
            self._client.log_metric(self._id, name, value)

    def metrics(self) -> dict[str, float]:
        return self._client.get_run(self._id).data.metrics

    def set_tags(self, tags: dict[str, str]) -> None:
        for name, value in tags.items():
            self._client.set_tag(self._id, name, value)

    def tags(self) -> dict[str, str]:
        return self._client.get_run(self._id).data.tags

    def trials(self) -> list["MlflowStore"]:
        runs = self._client.search_runs([self._experiment], f"tags.`mlflow.parentRunId` = '{self._id}'")
        run_id = setting("PIPELINE_RUN_ID")
        return [MlflowStore(run_id, run.data.tags[self.TAG].removeprefix(f"{run_id}/")) for run in runs]

    def register(self, model: str, alias: str) -> str:
        known = self._client.search_model_versions(f"name = '{model}' and run_id = '{self._id}'")
        version = known[0].version if known else self._registered(model)
        self._client.set_registered_model_alias(model, alias, version)
        return str(version)

    def _registered(self, model: str) -> str:
        import mlflow

        tags = {self.TAG: self._key, "pipeline.name": setting("PIPELINE_NAME")}
        return mlflow.register_model(f"runs:/{self._id}/{MODEL}", model, tags=tags).version

    def production_metrics(self, model: str) -> dict[str, float] | None:
        # Not by its name: a server that checks rights refuses to say that there is no such model.
        found = self._client.search_registered_models(f"name = '{model}'")
        number = found[0].aliases.get(PRODUCTION) if found else None
        if number is None:
            return None
        version = self._client.get_model_version(model, str(number))
        return self._client.get_run(version.run_id).data.metrics

    def end(self, succeeded: bool) -> None:
        self._client.set_terminated(self._id, "FINISHED" if succeeded else "FAILED")
