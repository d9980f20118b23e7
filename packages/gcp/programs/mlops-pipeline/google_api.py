"""Calls of Google's interfaces as the service account that a job runs as, with nothing but Python's own library."""

import json
import os
import time
import urllib.error
import urllib.request
from functools import cache
from typing import Any, NoReturn

ATTEMPTS = 5
BUSY = (429, 500, 502, 503, 504)


class Refused(Exception):
    """What the interface said no with."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def fail(message: str) -> NoReturn:
    """Ends the stage as failed."""
    raise SystemExit(f"{os.environ.get('PIPELINE_STAGE', 'stage')}: {' '.join(message.split())}")


def call(url: str, body: Any = None) -> Any:
    """Gets what is at a URL, or posts `body` to it; again where the interface is busy."""
    headers = {"Authorization": f"Bearer {_token()}", "Content-Type": "application/json"}
    return _ask(url, headers, None if body is None else json.dumps(body).encode())


@cache
def _token() -> str:
    """A token of the job's service account, which lasts longer than what it is needed for here."""
    host = os.environ.get("GCE_METADATA_HOST", "metadata.google.internal")
    path = "computeMetadata/v1/instance/service-accounts/default/token"
    return _ask(f"http://{host}/{path}", {"Metadata-Flavor": "Google"})["access_token"]


def _ask(url: str, headers: dict[str, str], body: bytes | None = None) -> Any:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code not in BUSY or attempt == ATTEMPTS:
                raise Refused(error.code, f"{url} answers {error.code}: {error.read(500).decode(errors='replace')}")
        except OSError as error:
            if attempt == ATTEMPTS:
                raise Refused(0, f"{url} cannot be reached: {error}")
        time.sleep(2**attempt)
