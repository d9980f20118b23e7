"""Takes a person's answer from Argo Workflows to the model, and records whose it was.

PIPELINE_ANSWER   `approve` or `reject`
PIPELINE_LABELS   labels of the workflow as JSON: Argo's server writes there who spoke to it last, which was the answer
"""

import json
import os

import approve
import pipeline_run

ACTOR = ("actor-email", "actor-preferred-username", "actor")


def person() -> str | None:
    """Who answered; None where time ran out."""
    labels = json.loads(pipeline_run.setting("PIPELINE_LABELS"))
    named = (labels.get(f"workflows.argoproj.io/{label}") for label in ACTOR)
    return next((name.replace(".at.", "@") for name in named if name), None)


def answer() -> None:
    who = person()
    # An answer of nobody is none.
    is_approved = who is not None and pipeline_run.setting("PIPELINE_ANSWER") == "approve"
    os.environ["PIPELINE_ANSWER"] = "approved" if is_approved else "rejected"
    os.environ["PIPELINE_APPROVER"] = who or "nobody in time"
    approve.approve()


if __name__ == "__main__":
    pipeline_run.run(answer)
