"""MLflow's registry of models over REST, for programs without its client."""

from __future__ import annotations

import base64
import json
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request


class RegistryError(Exception):
    """The registry does not do what it is asked for."""


class Registry:
    """The registry that MLflow's own variables name. https://mlflow.org/docs/latest/api_reference/rest-api.html"""

    def __init__(self) -> None:
        self.url = os.environ["MLFLOW_TRACKING_URI"].rstrip("/")
        authority = os.environ.get(os.environ.get("PIPELINE_CA_VARIABLE", ""))
        self.tls = ssl.create_default_context(cadata=authority or None)
        self.headers = {"Content-Type": "application/json"}
        user, password, token = (
            os.environ.get(f"MLFLOW_TRACKING_{name}") for name in ("USERNAME", "PASSWORD", "TOKEN")
        )
        if user and password:
            self.headers["Authorization"] = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
        elif token:
            self.headers["Authorization"] = f"Bearer {token}"

    def version_with(self, model: str, alias: str) -> dict:
        """The version that has an alias."""
        return self._get("registered-models/alias", name=model, alias=alias)["model_version"]

    def version(self, model: str, version: str) -> dict:
        return self._get("model-versions/get", name=model, version=version)["model_version"]

    def set_alias(self, model: str, alias: str, version: str) -> None:
        self._post("registered-models/alias", {"name": model, "alias": alias, "version": version})

    def set_tags(self, run: str, tags: dict[str, str]) -> None:
        for key, value in tags.items():
            self._post("runs/set-tag", {"run_id": run, "key": key, "value": value})

    def _get(self, what: str, **query: str) -> dict:
        return self._send(f"{what}?{urllib.parse.urlencode(query)}", None)

    def _post(self, what: str, body: dict) -> dict:
        return self._send(what, json.dumps(body).encode())

    def _send(self, what: str, body: bytes | None) -> dict:
        request = urllib.request.Request(f"{self.url}/api/2.0/mlflow/{what}", body, self.headers)
        tls = self.tls if self.url.startswith("https:") else None
        try:
            with urllib.request.urlopen(request, context=tls, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RegistryError(f"MLflow answers {error.code}: {error.read().decode(errors='replace')}") from error
        except OSError as error:
            raise RegistryError(f"MLflow does not answer: {error}") from error
