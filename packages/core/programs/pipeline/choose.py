"""Goes on with the best trial of a search: its files and metrics become those of the run."""

import json
import math

from pipeline_run import fail, log_metrics, run, setting, store


def choose() -> None:
    search = json.loads(setting("PIPELINE_SEARCH"))
    metric, sign = search["metric"], -1 if search.get("minimize") else 1
    measured = [(trial.metrics().get(metric, math.nan), trial) for trial in store().trials()]
    candidates = [(value, trial) for value, trial in measured if not math.isnan(value)]
    if not candidates:
        fail(f"no trial has logged {metric}")
    _, best = max(candidates, key=lambda candidate: sign * candidate[0])
    for name in best.names():
        kept = best.load(name)
        if kept:
            store().save(name, kept)
    store().set_tags({"pipeline.trial": best.trial})
    log_metrics(best.metrics())
    print(f"trial {best.trial} is the best of {len(candidates)}", flush=True)


run(choose)
