"""Starts a stage of a pipeline in a job of SageMaker: hands it its settings and credentials, and hands on what it made.

Values of a job's environment are short and can be read by whoever sees the job, so programs and settings come in a file
beside this one, and credentials from Secrets Manager.
"""

import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

programs = Path("/tmp/pipeline")
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
configuration = Path("/opt/ml/input/config")
output = Path("/opt/ml/processing/output")


def read_json(path):
    return json.loads(path.read_text()) if path.exists() else {}


def credentials():
    secret = os.environ.get("PIPELINE_SECRET")
    if not secret:
        return {}
    import boto3

    return json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])


def parameters():
    """Values that the search chose for this trial; the service writes every one as text, some of it as JSON."""
    found = {}
    for name, value in read_json(configuration / "hyperparameters.json").items():
        if not name.startswith(("sagemaker_", "_")):
            found[f"PARAMETER_{name.upper()}"] = value.strip('"')
    return found


def peers(processes):
    """Variables by which the processes of torchrun find one another."""
    hosts = read_json(configuration / "resourceconfig.json")
    names = hosts.get("hosts", ["localhost"])
    return {
        "PET_NNODES": str(len(names)),
        "PET_NODE_RANK": str(names.index(hosts["current_host"]) if hosts else 0),
        "PET_NPROC_PER_NODE": str(processes),
        "PET_MASTER_ADDR": names[0],
        "PET_MASTER_PORT": "29500",
    }


def decision_of_person(package):
    """What somebody decided in the model registry about a version, and who."""
    import boto3

    version = boto3.client("sagemaker").describe_model_package(ModelPackageName=package)
    who = version.get("LastModifiedBy", {})
    return {
        "PIPELINE_RUN_ID": version["CustomerMetadataProperties"]["pipeline-run-id"],
        "PIPELINE_APPROVER": who.get("IamIdentity", {}).get("Arn") or who.get("UserProfileArn") or "unknown",
        "PIPELINE_ANSWER": "approved" if version["ModelApprovalStatus"] == "Approved" else "rejected",
    }


def writable(path):
    """The folder of an output, which belongs to root, while some images run as somebody else."""
    if not os.access(path, os.W_OK):
        subprocess.run(["sudo", "chmod", "777", str(path)], check=True)
    return path


def hand_on_model():
    """The model as one archive, the form in which SageMaker's registry takes it."""
    sys.path.insert(0, str(programs))
    import pipeline_run

    with tarfile.open(writable(output / "model") / "model.tar.gz", "w:gz") as archive:
        archive.add(pipeline_run.load("model"), arcname=".")


def main():
    settings = json.loads((Path(__file__).resolve().parent / "settings.json").read_text())
    name = os.environ["PIPELINE_STAGE"]
    stage = settings["stages"][name]
    programs.mkdir(parents=True, exist_ok=True)
    for file, text in stage["files"].items():
        (programs / file).write_text(text)

    secrets = credentials()
    for values in (settings["environment"], secrets.get("environment", {}), stage["environment"]):
        os.environ.update(values)
    os.environ.update(secrets.get("stages", {}).get(name, {}))
    os.environ.update(parameters())
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(programs), os.environ.get("PYTHONPATH")]))
    if stage.get("trial"):
        os.environ["PIPELINE_TRIAL"] = os.environ["TRAINING_JOB_NAME"]
    if os.environ.get("PIPELINE_MODEL_PACKAGE"):
        os.environ.update(decision_of_person(os.environ["PIPELINE_MODEL_PACKAGE"]))
    if "processes" in stage:
        os.environ.update(peers(stage["processes"]))

    decision = Path("/tmp/decision")
    if stage["kind"] == "approve":
        os.environ["PIPELINE_DECISION_FILE"] = str(decision)
    code = subprocess.run(stage["command"]).returncode
    if code != 0:
        sys.exit(code if code > 0 else 128 - code)
    if stage["kind"] == "approve":
        answer = json.dumps({"decision": decision.read_text().strip()})
        (writable(output / "decision") / "decision.json").write_text(answer)
    if stage["kind"] == "register" and (output / "model").exists():
        hand_on_model()


if __name__ == "__main__":
    main()
