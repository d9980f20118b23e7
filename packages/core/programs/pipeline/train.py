"""Makes a model of the rows that are not held out. Metrics for a search come of rows that the evaluation never sees."""

from pipeline_run import log_metrics, run
from tabular import load_table, measure, new_model, save_model


def train() -> None:
    known, _ = load_table().split()
    part, unseen = known.split()
    trial = new_model(known).fit(part.features, part.labels)
    log_metrics({f"validation_{name}": value for name, value in measure(trial, unseen).items()})
    save_model(new_model(known).fit(known.features, known.labels), known)


run(train)
