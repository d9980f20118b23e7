"""Draws the values that the trials of a search try, and writes them as a JSON list: each trial's name and its values."""

import json
import math
import random
from pathlib import Path

from pipeline_run import run, setting


def drawn(parameter: dict, source: random.Random) -> str:
    """One value of a parameter: of its list, or between its bounds."""
    if parameter.get("values"):
        return str(source.choice(parameter["values"]))
    low, high = parameter["minimum"], parameter["maximum"]
    if parameter.get("logarithmic"):
        value = math.exp(source.uniform(math.log(low), math.log(high)))
    else:
        value = source.uniform(low, high)
    return str(round(value)) if parameter.get("whole") else f"{value:.6g}"


def trials(search: dict, run_id: str) -> list[dict[str, str]]:
    """What each trial of a run tries. A second attempt draws the same."""
    source = random.Random(run_id)
    return [
        {"trial": f"{number}", **{row["name"]: drawn(row, source) for row in search["parameters"]}}
        for number in range(1, search["trials"] + 1)
    ]


def draw() -> None:
    found = trials(json.loads(setting("PIPELINE_SEARCH")), setting("PIPELINE_RUN_ID"))
    Path(setting("PIPELINE_TRIALS_FILE")).write_text(json.dumps(found))


if __name__ == "__main__":
    run(draw)
