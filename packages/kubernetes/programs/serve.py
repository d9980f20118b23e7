"""Starts MLflow's model server, and lets it end its requests before it goes.

`mlflow models serve` runs the server as a process of its own. As the first process of a container it would take no notice of
being stopped, and every replica would go by force, with the requests that it has.

MODEL_URI   model to serve
Arguments: the port, and the name of the variable with the authority of the registry's certificate, which MLflow's client
takes as a file only.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

port, authority = sys.argv[1:]
certificate = os.environ.get(authority)
if certificate:
    file = Path(tempfile.gettempdir(), "tracking-ca.pem")
    file.write_text(certificate)
    os.environ["MLFLOW_TRACKING_SERVER_CERT_PATH"] = str(file)

options = ["--env-manager", "local", "--host", "0.0.0.0", "--port", port]
command = ["mlflow", "models", "serve", "--model-uri", os.environ["MODEL_URI"], *options]
server = subprocess.Popen(command, start_new_session=True)
signal.signal(signal.SIGTERM, lambda *_: os.killpg(server.pid, signal.SIGTERM))
code = server.wait()
# What MLflow has started outlives it, and as the first process of the container this one inherits it.
try:
    while True:
        os.wait()
except ChildProcessError:
    sys.exit(0 if code == -signal.SIGTERM else 1)
