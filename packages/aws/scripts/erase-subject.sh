#!/usr/bin/env bash
# Erases what a data lake on AWS has about one person, and writes the request and its answer to the request log.
#
#   SUBJECT      pseudonym of the person: the value of the object tag and of the table column `subject`
#   CASE_ID      what ties the request and its answer together
#   BUCKETS      names of the zones' buckets, separated by spaces
#   TABLES       Iceberg tables as database.table, separated by spaces; may be empty
#   WORKGROUP    workgroup of Athena; needed where there are tables
#   REQUEST_LOG  URL of the bucket that takes the request and its answer, such as s3://bucket
#   DRY_RUN      "true" shows what would be deleted, and deletes and records nothing
#
# Needs bash and the AWS CLI, in a role that was granted `access.erase`. It can be run again after a failure.
set -euo pipefail
shopt -s inherit_errexit

: "${SUBJECT:?}" "${CASE_ID:?}" "${BUCKETS:?}" "${REQUEST_LOG:?}"
tables=${TABLES:-}
dry_run=${DRY_RUN:-false}
queries=$(cd "$(dirname "${BASH_SOURCE[0]}")/../queries/data-lake" && pwd)
# Longer than the age at which 1-shorten-history.sql lets older states go.
settle_seconds=${SETTLE_SECONDS:-90}
poll_seconds=${POLL_SECONDS:-2}

refuse() {
  echo "$1" >&2
  exit 2
}
# These get into statements, keys and JSON as they are.
[[ $SUBJECT =~ ^[A-Za-z0-9_.:@=+-]{1,256}$ ]] || refuse "SUBJECT is no pseudonym: letters, digits and _.:@=+- only"
[[ $CASE_ID =~ ^[A-Za-z0-9_.-]{1,128}$ ]] || refuse "CASE_ID may have letters, digits and _.- only"
[[ $REQUEST_LOG =~ ^s3://[a-z0-9.-]+$ ]] || refuse "REQUEST_LOG is no URL such as s3://bucket"
for table in $tables; do
  [[ $table =~ ^[a-z0-9_]+\.[a-z0-9_]+$ ]] || refuse "TABLES has $table, which is not database.table"
done
[[ -z $tables || -n ${WORKGROUP:-} ]] || refuse "WORKGROUP is missing"

# record OUTCOME ATTRIBUTES: one event of class subject.request, where the table `events` finds it.
record() {
  [[ $dry_run == true ]] && return
  local time day
  time=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  day=$(date -u +year=%Y/month=%m/day=%d)
  printf '{"time":"%s","class":"subject.request","subject":"%s","actor":"erase-subject.sh","outcome":"%s","case_id":"%s","attributes":{"kind":"erasure"%s}}\n' \
    "$time" "$SUBJECT" "$1" "$CASE_ID" "$2" |
    aws s3 cp - "$REQUEST_LOG/events/$day/$CASE_ID-$1.json"
}

# ask FILE TABLE: runs a statement to its end, as often as Athena asks for another run; shows the id of the last.
ask() {
  local sql id state reason
  sql=$(grep -v '^--' "$queries/$1")
  sql=${sql//'{{table}}'/$2}
  sql=${sql//'{{subject}}'/$SUBJECT}
  while true; do
    id=$(aws athena start-query-execution --work-group "$WORKGROUP" --query-string "$sql" --query QueryExecutionId --output text)
    while true; do
      state=$(aws athena get-query-execution --query-execution-id "$id" --query QueryExecution.Status.State --output text)
      [[ $state == QUEUED || $state == RUNNING ]] || break
      sleep "$poll_seconds"
    done
    if [[ $state == SUCCEEDED ]]; then
      echo "$id"
      return
    fi
    reason=$(aws athena get-query-execution --query-execution-id "$id" --query QueryExecution.Status.StateChangeReason --output text)
    [[ $reason == *MORE_RUNS_NEEDED* ]] && continue
    echo "$1 on $2: $state: $reason" >&2
    return 1
  done
}

# remove BUCKET VERSION KEY
remove() {
  echo "s3://$1/$3 ($2)"
  [[ $dry_run == true ]] || aws s3api delete-object --bucket "$1" --version-id "$2" --key "$3" >/dev/null
}

# erase_objects BUCKET: every version of every object with the tag.
erase_objects() {
  local versions version key value
  versions=$(aws s3api list-object-versions --bucket "$1" --query 'Versions[].[VersionId,Key]' --output text)
  while IFS=$'\t' read -r version key; do
    [[ $version == None || -z $version ]] && continue
    value=$(aws s3api get-object-tagging --bucket "$1" --version-id "$version" --key "$key" \
      --query "TagSet[?Key=='subject'].Value | [0]" --output text)
    if [[ $value == "$SUBJECT" ]]; then
      remove "$1" "$version" "$key"
    fi
  done <<<"$versions"
}

# erase_rows TABLE: the rows, the files that had them, and the versions of those files.
erase_rows() {
  local location bucket prefix versions version key id rows
  location=$(aws glue get-table --database-name "${1%%.*}" --name "${1#*.}" --query Table.StorageDescriptor.Location --output text)
  [[ $location =~ ^s3://([^/]+)/(.+)$ ]] || refuse "$1 lies at $location, which is no folder of a bucket"
  bucket=${BASH_REMATCH[1]}
  prefix=${BASH_REMATCH[2]%/}/
  if [[ $dry_run == true ]]; then
    echo "rows of $1"
    return
  fi
  ask 1-shorten-history.sql "$1" >/dev/null
  ask 2-delete-rows.sql "$1" >/dev/null
  ask 3-rewrite-files.sql "$1" >/dev/null
  sleep "$settle_seconds"
  ask 4-drop-history.sql "$1" >/dev/null
  # Iceberg never writes a file twice, so that what is not the latest version was dropped from the table.
  versions=$(aws s3api list-object-versions --bucket "$bucket" --prefix "$prefix" \
    --query 'Versions[?!IsLatest].[VersionId,Key]' --output text)
  while IFS=$'\t' read -r version key; do
    [[ $version == None || -z $version ]] && continue
    remove "$bucket" "$version" "$key"
  done <<<"$versions"
  id=$(ask 5-count-rows.sql "$1")
  rows=$(aws athena get-query-results --query-execution-id "$id" --query 'ResultSet.Rows[1].Data[0].VarCharValue' --output text)
  if [[ $rows != 0 ]]; then
    echo "$1 still has $rows rows: somebody has added them since; run this again" >&2
    return 1
  fi
}

record received ""
erased=$(
  for bucket in $BUCKETS; do erase_objects "$bucket"; done
  for table in $tables; do erase_rows "$table"; done
)
[[ -z $erased ]] || echo "$erased"
count=$([[ -z $erased ]] && echo 0 || wc -l <<<"$erased" | tr -d ' ')
record erased ",\"versions\":\"$count\",\"tables\":\"$tables\""
