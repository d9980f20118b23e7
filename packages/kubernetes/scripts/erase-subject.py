#!/usr/bin/env python3
"""
Erases what a data lake on Kubernetes has about one person, and writes the request and its answer to the request log.

  SUBJECT      pseudonym of the person: the value of the object tag and of the table column `subject`
  CASE_ID      what ties the request and its answer together
  LAKE         name of the DataLake, whose `eraserBinding` gave this workload its variables
  REQUEST_LOG  name of the log's binding, which gave it others. Defaults to the lake's name with `-requests`
  ZONES        zones to look in, separated by spaces. Defaults to all
  DRY_RUN      "true" shows what would be deleted, and deletes and records nothing

Needs Python 3.10 or later with pyiceberg[pyarrow,s3fs,sql-postgres] 0.12. It can be run again after a failure.
"""

import json
import os
import re
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, urlsplit

import botocore.session
from botocore.config import Config
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import EqualTo

env = os.environ


def refuse(reason):
    print(reason, file=sys.stderr)
    sys.exit(2)


def needed(name):
    return env.get(name) or refuse(f"{name} is missing")


subject, case_id, lake = needed("SUBJECT"), needed("CASE_ID"), needed("LAKE")
# These get into keys as they are.
if not re.fullmatch(r"[A-Za-z0-9_.:@=+-]{1,256}", subject):
    refuse("SUBJECT is no pseudonym: letters, digits and _.:@=+- only")
if not re.fullmatch(r"[A-Za-z0-9_.-]{1,128}", case_id):
    refuse("CASE_ID may have letters, digits and _.- only")
request_log = env.get("REQUEST_LOG") or f"{lake}-requests"
all_zones = ["raw", "curated", "features", "models"]
zones = env.get("ZONES", "").split() or all_zones
for zone in zones:
    if zone not in all_zones:
        refuse(f"ZONES has {zone}, which is none of {', '.join(all_zones)}")
dry_run = env.get("DRY_RUN") == "true"
# What nobody refers to and is younger may be part of a change that is under way.
settled = datetime.now(timezone.utc) - timedelta(hours=float(env.get("ORPHAN_HOURS", "24")))


def variable(binding, name):
    """A variable that a binding gives: its name stands before it."""
    return needed(re.sub(r"[^A-Z0-9]+", "_", f"{binding}_{name}".upper()))


def file_with(*texts):
    with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
        file.write("\n".join(texts))
    return file.name


stores = [*(f"{lake}-{zone}" for zone in zones), *([] if dry_run else [request_log])]
# Read by every client of S3 in this process.
env["AWS_CA_BUNDLE"] = file_with(*(variable(store, "CA_CERTIFICATE") for store in stores))


def client_of(store, key):
    return botocore.session.get_session().create_client(
        "s3",
        endpoint_url=variable(store, "ENDPOINT"),
        region_name=variable(store, "REGION"),
        aws_access_key_id=variable(key, "ACCESS_KEY_ID"),
        aws_secret_access_key=variable(key, "SECRET_ACCESS_KEY"),
        config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 5}),
    )


def record(outcome, **attributes):
    """One event of class subject.request."""
    if dry_run:
        return
    now = datetime.now(timezone.utc)
    event = {
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "class": "subject.request",
        "subject": subject,
        "actor": "erase-subject.py",
        "outcome": outcome,
        "case_id": case_id,
        "attributes": {"kind": "erasure", **attributes},
    }
    client_of(request_log, request_log).put_object(
        Bucket=variable(request_log, "BUCKET"),
        Key=f"events/{now:year=%Y/month=%m/day=%d}/{case_id}-{outcome}.json",
        Body=json.dumps(event).encode(),
    )


def versions_of(s3, bucket, prefix=""):
    """Every version and every marker below a prefix, and whether it is a marker."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for row in page.get("Versions", []):
            yield row, False
        for row in page.get("DeleteMarkers", []):
            yield row, True


erased = 0


def remove(s3, bucket, row):
    global erased
    erased += 1
    print(f"s3://{bucket}/{row['Key']} ({row['VersionId']})")
    if not dry_run:
        s3.delete_object(Bucket=bucket, Key=row["Key"], VersionId=row["VersionId"])


def erase_objects(s3, bucket):
    """Every version of every object with the tag, and what is left of its name."""
    markers, gone, kept = [], set(), set()
    for row, is_marker in versions_of(s3, bucket):
        if is_marker:
            markers.append(row)
            continue
        tags = s3.get_object_tagging(Bucket=bucket, Key=row["Key"], VersionId=row["VersionId"])["TagSet"]
        if {"Key": "subject", "Value": subject} in tags:
            remove(s3, bucket, row)
            gone.add(row["Key"])
        else:
            kept.add(row["Key"])
    for row in markers:
        if row["Key"] in gone - kept:
            remove(s3, bucket, row)


def files_of(table):
    """All files that the table's states refer to."""
    found = {table.metadata_location}
    for statistics in [*table.metadata.statistics, *table.metadata.partition_statistics]:
        found.add(statistics.statistics_path)
    for snapshot in table.metadata.snapshots:
        found.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            found.add(manifest.manifest_path)
            for entry in manifest.fetch_manifest_entry(table.io):
                found.add(entry.data_file.file_path)
    return {urlsplit(path).path.lstrip("/") for path in found}


def erase_rows(s3, bucket, table):
    """The rows, older states of the table, and the files that only those had."""
    name = ".".join(table.name())
    about = EqualTo("subject", subject)
    if dry_run:
        print(f"{table.scan(row_filter=about).to_arrow().num_rows} rows of {name}")
        return
    before = files_of(table)
    table.delete(about)
    # The list of what was deleted has the least and the greatest subject of each file; one more change drops it.
    table.append(table.schema().as_arrow().empty_table())
    table.refresh()
    current = table.current_snapshot().snapshot_id
    older = [snapshot.snapshot_id for snapshot in table.snapshots() if snapshot.snapshot_id != current]
    # A tag or branch of the table that still needs one of them ends it here, with its name.
    table.maintenance.expire_snapshots().by_ids(older).commit()
    table.refresh()
    needed_files = files_of(table)
    prefix = f"{urlsplit(table.location()).path.strip('/')}/"
    for row, is_marker in versions_of(s3, bucket, prefix):
        is_needed = row["Key"] in needed_files and row["IsLatest"] and not is_marker
        is_dropped = row["Key"] in before or not row["IsLatest"] or is_marker or row["LastModified"] < settled
        if not is_needed and is_dropped:
            remove(s3, bucket, row)
    rows = table.scan(row_filter=about).to_arrow().num_rows
    if rows > 0:
        sys.exit(f"{name} still has {rows} rows: somebody has added them since; run this again")


def tables_in(zone):
    """Tables with the column, of the zone's namespace and of those below it."""
    authority = quote(file_with(variable(lake, "CATALOG_CA_CERTIFICATE")))
    key, secret = variable(lake, "ACCESS_KEY_ID"), variable(lake, "SECRET_ACCESS_KEY")
    place = f"{variable(lake, 'CATALOG_HOST')}:{variable(lake, 'CATALOG_PORT')}/{variable(lake, 'CATALOG_NAME')}"
    catalog = SqlCatalog(
        lake,
        **{
            "uri": f"postgresql+psycopg2://{quote(key)}:{quote(secret)}@{place}?sslmode=verify-full&sslrootcert={authority}",
            "init_catalog_tables": "false",
            "py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO",
            "s3.endpoint": variable(f"{lake}-{zone}", "ENDPOINT"),
            "s3.region": variable(f"{lake}-{zone}", "REGION"),
            "s3.access-key-id": key,
            "s3.secret-access-key": secret,
        },
    )

    def below(namespace):
        yield namespace
        for child in catalog.list_namespaces(namespace):
            if child != namespace:
                yield from below(child)

    for namespace in below((variable(f"{lake}-{zone}", "DATABASE"),)):
        for identifier in catalog.list_tables(namespace):
            table = catalog.load_table(identifier)
            if "subject" in table.schema().column_names:
                yield table


record("received")
tables = []
for zone in zones:
    s3, bucket = client_of(f"{lake}-{zone}", lake), variable(f"{lake}-{zone}", "BUCKET")
    erase_objects(s3, bucket)
    for table in tables_in(zone):
        erase_rows(s3, bucket, table)
        tables.append(".".join(table.name()))
record("erased", versions=str(erased), tables=" ".join(tables))
