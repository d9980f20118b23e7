"""Hands a command variables whose values are known when it runs, and those in secrets, which stand in no plan and no log.

    start.py [--variable=NAME=VALUE]... [--secret=URL]... -- COMMAND...

URL is that of a version of a secret, with `:access`; the secret is a JSON object of variables.
"""

import base64
import json
import os
import sys
from pathlib import Path

import google_api


def secret_variables(url: str) -> dict[str, str]:
    """The variables of a secret."""
    try:
        data = google_api.call(url)["payload"]["data"]
    except google_api.Refused as error:
        google_api.fail(f"a secret cannot be read: {error}")
    return json.loads(base64.b64decode(data))


def start(arguments: list[str]) -> None:
    """Becomes the command."""
    end = arguments.index("--")
    options, command = arguments[:end], arguments[end + 1 :]
    for option in options:
        kind, _, value = option.partition("=")
        if kind == "--variable":
            name, _, text = value.partition("=")
            os.environ[name] = text
        elif kind == "--secret":
            os.environ.update(secret_variables(value))
        else:
            google_api.fail(f"unknown option {kind}")
    written = [value for name, value in os.environ.items() if name.startswith("PIPELINE_") and name.endswith("_FILE")]
    for file in written:
        # On the mount of Cloud Storage, a folder that holds nothing yet is not there.
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    try:
        os.execvp(command[0], command)
    except OSError as error:
        google_api.fail(f"{command[0]} cannot be started: {error}")


start(sys.argv[1:])
