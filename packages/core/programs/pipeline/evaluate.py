"""Measures the model by the rows that were held out."""

from pipeline_run import log_metrics, run
from tabular import load_model, load_table, measure


def evaluate() -> None:
    _, held_out = load_table().split()
    log_metrics(measure(load_model(), held_out))


run(evaluate)
