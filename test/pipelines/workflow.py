"""Runs a workflow as Google Workflows would, against services that stand in, and says what it asked of them.

In: {"source": text, "event": any, "objects": {name: run}, "existing": [id], "ends": state, "reply": any, "sender": mail, "now": seconds}
Out: {"returned": any, "error": any, "runs": {id: values}, "slept": [seconds], "logged": [any], "refused": [text]}
"""

import json
import sys
import urllib.parse
from types import SimpleNamespace

import jsonschema
from workflows_emulator import main, render
from workflows_emulator.lib import helpers
from workflows_emulator.utils import ContextDict, RuntimeError as Raised

given = json.load(sys.stdin)
told = {"returned": None, "error": None, "runs": {}, "slept": [], "logged": []}
runs: dict[str, dict] = {name: {"state": "PIPELINE_STATE_RUNNING", "looks": 0} for name in given.get("existing", [])}


def answer(body):
    return ContextDict({"code": 200, "body": body})


def get(url, query=None, auth=None):
    assert auth == {"type": "OAuth2"}, url
    parts = urllib.parse.urlparse(url)
    if parts.netloc == "storage.googleapis.com":
        assert query == {"alt": "media"}
        return answer(given["objects"][urllib.parse.unquote(parts.path.split("/o/")[1])])
    run = runs[parts.path.rsplit("/", 1)[1]]
    run["looks"] += 1
    return answer({"state": "PIPELINE_STATE_RUNNING" if run["looks"] < 2 else given.get("ends", "PIPELINE_STATE_SUCCEEDED")})


def post(url, query=None, body=None, auth=None):
    assert auth == {"type": "OAuth2"}, url
    if url.startswith("https://logging.googleapis.com/"):
        told["asked"] = body
        sender = given.get("sender")
        entry = {"protoPayload": {"authenticationInfo": {"principalEmail": sender}}}
        # The entry is there when it is looked for the second time.
        told["looks"] = told.get("looks", 0) + 1
        return answer({"entries": [entry]} if sender and told["looks"] > 1 else {})
    name = query["pipelineJobId"]
    if name in runs:
        raise Raised(code=409, message="exists", tags=["HttpError"])
    runs[name] = {"looks": 0}
    told["runs"][name] = {"displayName": body["displayName"], **body["runtimeConfig"]["parameterValues"]}
    return answer({"name": name})


def await_callback(callback, timeout):
    told["waited"] = timeout
    if "reply" not in given:
        raise Raised(message="late", tags=["TimeoutError"])
    return ContextDict({"http_request": {"body": given["reply"]}})


helpers.TYPE_LOOKUP[ContextDict] = "map"
render.STANDARD_LIBRARY.update(
    {
        "null": None,
        "http": SimpleNamespace(get=get, post=post, default_retry={}),
        "events": SimpleNamespace(
            create_callback_endpoint=lambda http_callback_method: ContextDict({"url": "https://callback.example"}),
            await_callback=await_callback,
        ),
        "sys": SimpleNamespace(
            get_env=lambda name: {"GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID": "e1"}[name],
            now=lambda: given.get("now", 0),
            sleep=lambda seconds: told["slept"].append(seconds),
            log=lambda severity, json: told["logged"].append(json),
        ),
    }
)

as_text = render.render_str


def rendered(value, context):
    """An expression alone has the value that it has, of whatever type: the emulator would write it down and read it again."""
    if isinstance(value, str) and value.startswith("${") and value.endswith("}") and "${" not in value[2:]:
        return render.run_code(value[2:-1], context)
    return as_text(value, context)


render.render_str = rendered
workflow = json.loads(given["source"])
jsonschema.validate(workflow, main.WORKFLOW_SCHEMA)
try:
    told["returned"] = main.execute_workflow(workflow, {"event": given.get("event")})
except Raised as error:
    told["error"] = error.payload if isinstance(error.payload, str) else error.payload.to_dict()
print(json.dumps(told))
