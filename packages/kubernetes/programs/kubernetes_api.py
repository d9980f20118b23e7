"""The API server of Kubernetes, as a pod with a service account reaches it; for programs without a client library."""

from __future__ import annotations

import json
import os
import signal
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ACCOUNT = Path(os.environ.get("SERVICE_ACCOUNT_FOLDER", "/var/run/secrets/kubernetes.io/serviceaccount"))
POLL_SECONDS = float(os.environ.get("POLL_SECONDS", "10"))
PATIENCE_SECONDS = 600.0
"""How long a server may be away."""


class Stopped(Exception):
    """The orchestrator stops the stage."""


def raise_when_stopped() -> None:
    """Makes a stop an exception wherever the program is."""

    def stop(*_: object) -> None:
        raise Stopped

    signal.signal(signal.SIGTERM, stop)


def own_namespace() -> str:
    return (ACCOUNT / "namespace").read_text().strip()


class Api:
    """Requests with the token of the service account."""

    def __init__(self) -> None:
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        self.url = f"https://{f'[{host}]' if ':' in host else host}:{port}"
        self.tls = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))

    def get(self, path: str) -> dict | None:
        """An object or a list; None where there is none."""
        return self.call("GET", path)

    def patch(self, path: str, fields: dict) -> dict | None:
        """Merges fields into an object; None removes a field."""
        return self.call("PATCH", f"{path}?fieldManager=aistack-pipeline", fields, "application/merge-patch+json")

    def call(
        self, method: str, path: str, body: dict | None = None, content_type: str = "application/json"
    ) -> dict | None:
        """Answer of the server, however long it is away within reason; None where there is no such object."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._send(method, path, body, content_type)
            except urllib.error.HTTPError as error:
                if error.code == 404 and method != "POST":
                    return None
                reason = f"{error.code}: {error.read().decode(errors='replace')}"
                if error.code not in (429, 500, 502, 503, 504) or time.monotonic() > deadline:
                    raise SystemExit(f"The API server refuses to {method} {path}: {reason}") from error
            except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
                reason = str(error)
                if time.monotonic() > deadline:
                    raise SystemExit(f"The API server does not answer: {reason}") from error
            print(f"The API server does not answer: {reason}", file=sys.stderr, flush=True)
            time.sleep(POLL_SECONDS)

    def _send(self, method: str, path: str, body: dict | None, content_type: str) -> dict:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            # The token is read each time: the kubelet renews it.
            headers={
                "Authorization": f"Bearer {(ACCOUNT / 'token').read_text().strip()}",
                "Content-Type": content_type,
            },
        )
        with urllib.request.urlopen(request, context=self.tls, timeout=30) as answer:
            return json.load(answer)
