"""Brings the database to what this version of MLflow needs, and its two users to their passwords, before a server starts.

Every replica runs it, one after the other: the first does the work, the others find it done. Libpq's variables say where
the database is.
"""

import os
import subprocess

from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import create_engine, text

LOCK = 6155972137463
"""Of nobody else in this database, which is MLflow's own. It ends with the session that holds it."""


def ensure_user(users: SqlAlchemyStore, name: str, password: str, is_admin: bool) -> None:
    """Makes a user, or gives the one that is there the password that it is to have."""
    if not users.has_user(name):
        users.create_user(name, password, is_admin)
    elif not users.authenticate_user(name, password):
        users.update_user(name, password, is_admin)


def prepare() -> None:
    uri = os.environ["MLFLOW_BACKEND_STORE_URI"]
    with create_engine(uri, isolation_level="AUTOCOMMIT").connect() as session:
        session.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        subprocess.run(["mlflow", "db", "upgrade", uri], check=True)
        users = SqlAlchemyStore()
        users.init_db(uri)
        for role, is_admin in (("ADMIN", True), ("CLIENT", False)):
            ensure_user(users, os.environ[f"{role}_USERNAME"], os.environ[f"{role}_PASSWORD"], is_admin)


if __name__ == "__main__":
    prepare()
