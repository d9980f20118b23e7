"""Runs the launcher of training jobs against an API server that is a dictionary, and prints the calls as JSON."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

programs, failed_before, owner = sys.argv[1], sys.argv[2] == "failed", sys.argv[3]
sys.path.append(programs)

import launch  # noqa: E402


def job(kind: str | None) -> dict:
    return {"status": {"conditions": [{"type": kind, "status": "True"}] if kind else []}}


class Server:
    calls: list[str] = []
    found = job("Failed") if failed_before else None

    def get(self, path: str) -> dict | None:
        return Server.found

    def call(self, method: str, path: str, body: dict | None = None) -> dict | None:
        Server.calls.append(method)
        Server.found = job("Complete") if method == "POST" else None
        return Server.found


folder = tempfile.mkdtemp()
Path(folder, "job.json").write_text(
    json.dumps({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "$(PIPELINE_RUN_ID)-train"}})
)
os.environ |= {"JOB_FILE": f"{folder}/job.json", "RESULT_FOLDER": folder, "PIPELINE_RUN_ID": "run", "JOB_OWNER": owner}
launch.Api = Server
launch.POLL_SECONDS = 0
launch.own_namespace = lambda: "stages"
launch.main()
print(json.dumps(Server.calls))
