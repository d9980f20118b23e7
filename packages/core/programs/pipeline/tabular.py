"""Tables and their models, as the stages without a program of their own have them; scikit-learn does the work."""

import json
import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pipeline_run
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import accuracy_score, f1_score, log_loss, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

TABLE = "table"
HELD_OUT = 0.2
"""Part of the rows that a model is measured by, having never seen them."""

TREE = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
"""Type of what boosted trees are made of: no code, but indices that scikit-learn does not check."""


@dataclass(frozen=True)
class Table:
    """A table, and the column in it that is to be predicted."""

    rows: pd.DataFrame
    target: str

    @property
    def features(self) -> pd.DataFrame:
        return self.rows.drop(columns=self.target)

    @property
    def labels(self) -> pd.Series:
        return self.rows[self.target]

    @property
    def has_classes(self) -> bool:
        """Whether the values to predict are classes: all but numbers with fractions."""
        if not pd.api.types.is_float_dtype(self.labels):
            return True
        return bool((self.labels.dropna() % 1 == 0).all())

    def split(self) -> tuple["Table", "Table"]:
        """Rows to learn from and rows to measure by, the same ones each time."""
        classes = self.labels if self.has_classes else None
        known, held_out = train_test_split(self.rows, test_size=HELD_OUT, random_state=0, stratify=classes)
        return Table(known, self.target), Table(held_out, self.target)


def fetch_table() -> Table:
    """The table at DATASET_URL, or scikit-learn's breast cancer table as a sample."""
    url = os.environ.get("DATASET_URL")
    if not url:
        from sklearn.datasets import load_breast_cancer

        sample = load_breast_cancer(as_frame=True).frame
        # Commas and spaces in names are in the way of servers of models.
        return Table(sample.rename(columns=lambda name: name.replace(" ", "_")), "target")
    read = pd.read_parquet if url.endswith((".parquet", ".pq")) else pd.read_csv
    rows = read(_local_file(url))
    return Table(rows.rename(columns=str), pipeline_run.setting("DATASET_TARGET"))


def _local_file(url: str) -> str:
    """Path of a copy of what is in a bucket; other URLs as they are, for pandas to read."""
    if os.environ.get("PIPELINE_DIRECTORY"):
        # Buckets are mounted there.
        return url.replace("gs://", "/gcs/")
    if not url.startswith(("s3://", "gs://")):
        return url
    from mlflow.artifacts import download_artifacts

    _find_bucket(url)
    return download_artifacts(artifact_uri=url, dst_path=tempfile.mkdtemp())


def _find_bucket(url: str) -> None:
    """Hands MLflow the address and the authority of the store whose binding gave `<PREFIX>_URL`, a beginning of `url`."""
    for name, value in list(os.environ.items()):
        prefix = name.removesuffix("_URL")
        if prefix == name or not value or not url.startswith(f"{value.rstrip('/')}/"):
            continue
        endpoint = os.environ.get(f"{prefix}_ENDPOINT")
        if endpoint:
            os.environ["MLFLOW_S3_ENDPOINT_URL"] = endpoint
        certificate = os.environ.get(f"{prefix}_CA_CERTIFICATE")
        if certificate:
            path = Path(tempfile.gettempdir(), "dataset-ca.pem")
            path.write_text(certificate)
            os.environ["AWS_CA_BUNDLE"] = str(path)


def save_table(table: Table) -> None:
    """Keeps the table as CSV, which needs pandas alone, and beside it which columns are text."""
    text = [name for name in table.rows if not pd.api.types.is_numeric_dtype(table.rows[name])]
    with tempfile.TemporaryDirectory() as folder:
        table.rows.to_csv(Path(folder, "rows.csv"), index=False)
        Path(folder, "columns.json").write_text(json.dumps({"target": table.target, "text": text}))
        pipeline_run.save(TABLE, folder)


def load_table() -> Table:
    """The table that an earlier stage kept."""
    folder = pipeline_run.load(TABLE)
    columns = json.loads((folder / "columns.json").read_text())
    types = {name: str for name in columns["text"]}
    return Table(pd.read_csv(folder / "rows.csv", dtype=types, float_precision="round_trip"), columns["target"])


def new_model(table: Table) -> Pipeline:
    """A model that has learnt nothing yet: boosted trees, which take numbers, text and gaps as they come."""
    trees = HistGradientBoostingClassifier if table.has_classes else HistGradientBoostingRegressor
    text = list(table.features.select_dtypes(exclude=["number", "bool"]).columns)
    numbers = [name for name in table.features if name not in text]
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=math.nan)
    return make_pipeline(
        make_column_transformer((encoder, text), ("passthrough", numbers)),
        trees(
            learning_rate=float(pipeline_run.parameter("learning_rate", "0.1")),
            max_iter=int(pipeline_run.parameter("max_iter", "100")),
            max_leaf_nodes=int(pipeline_run.parameter("max_leaf_nodes", "31")),
            min_samples_leaf=int(pipeline_run.parameter("min_samples_leaf", "20")),
            l2_regularization=float(pipeline_run.parameter("l2_regularization", "0")),
            random_state=0,
        ),
    )


def measure(model: Any, table: Table) -> dict[str, float]:
    """How well a model predicts rows that it has not seen."""
    predicted = model.predict(table.features)
    if not table.has_classes:
        return {
            "r2": float(r2_score(table.labels, predicted)),
            "rmse": float(root_mean_squared_error(table.labels, predicted)),
        }
    probabilities = model.predict_proba(table.features)
    return {
        "accuracy": float(accuracy_score(table.labels, predicted)),
        "f1": float(f1_score(table.labels, predicted, average="macro")),
        "log_loss": float(log_loss(table.labels, probabilities, labels=model.classes_)),
    }


def save_model(model: Pipeline, table: Table) -> None:
    """Keeps the model: in MLflow's format, whose files run no code when they are read; in a directory as joblib's."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, pipeline_run.MODEL)
        if os.environ.get("PIPELINE_DIRECTORY"):
            import joblib

            folder.mkdir()
            joblib.dump(model, folder / "model.joblib")
        else:
            from mlflow.models import infer_signature
            from mlflow.sklearn import save_model as write_model

            signature = infer_signature(table.features, model.predict(table.features))
            write_model(model, str(folder), signature=signature, skops_trusted_types=[TREE])
        pipeline_run.save(pipeline_run.MODEL, folder)


def load_model() -> Any:
    """The model that an earlier stage kept."""
    folder = pipeline_run.load(pipeline_run.MODEL)
    if os.environ.get("PIPELINE_DIRECTORY"):
        import joblib

        return joblib.load(folder / "model.joblib")
    from mlflow.sklearn import load_model as read_model

    return read_model(str(folder))
