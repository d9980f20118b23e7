"""Refuses a table that no model should learn from."""

import pandas as pd
from pipeline_run import fail, log_metrics, run
from tabular import HELD_OUT, Table, load_table

FEWEST_ROWS = 50
"""With fewer, one row more or less moves a metric by 10 percent."""
FEWEST_OF_A_CLASS = 3


def faults(table: Table) -> list[str]:
    """All that is wrong with a table."""
    if table.target not in table.rows:
        return [f"there is no column {table.target}; there are {', '.join(map(str, table.rows))}"]
    found = []
    if len(table.rows) < FEWEST_ROWS:
        found.append(f"there are {len(table.rows)} rows, but it takes {FEWEST_ROWS}")
    if len(table.rows.columns) < 2:
        found.append(f"there is no column beside {table.target} to predict it from")
    unlabelled = int(table.labels.isna().sum())
    if unlabelled:
        found.append(f"{table.target} is missing in {unlabelled} rows")
    counts = table.labels.value_counts()
    if len(counts) == 1:
        found.append(f"{table.target} is {counts.index[0]} in all rows")
    if table.has_classes:
        found.extend(class_faults(table.target, counts, len(table.rows)))
    empty = [str(name) for name in table.features if table.features[name].isna().all()]
    if empty:
        found.append(f"nothing is in {', '.join(empty)}")
    return found


def class_faults(target: str, counts: pd.Series, rows: int) -> list[str]:
    """What keeps classes from being in each part of the table: that which is learnt from and those to measure by."""
    found = []
    rare = [str(value) for value, count in counts.items() if count < FEWEST_OF_A_CLASS]
    if rare:
        found.append(f"{target} has classes with fewer than {FEWEST_OF_A_CLASS} rows, such as {rare[0]}")
    most = int(rows * (1 - HELD_OUT) * HELD_OUT)
    if len(counts) > most:
        found.append(f"{target} has {len(counts)} classes, more than {most}; numbers to predict need fractions")
    return found


def validate() -> None:
    table = load_table()
    log_metrics({"missing_fraction": float(table.rows.isna().to_numpy().mean())})
    found = faults(table)
    if found:
        fail(f"the table is refused: {'; '.join(found)}")


run(validate)
