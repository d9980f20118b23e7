/** Scripts of the maintenance pods: bash, the coreutils, awk and the AWS CLI, which are what their image has. */

/** Bucket that is meant, address and credentials of its store: BUCKET, AWS_*. */
const tools = `set -euo pipefail
say() { printf '%s\\n' "$*"; }
fail() { say "$*" >&2; exit 1; }
s3() { aws s3api "$@" --bucket "$BUCKET"; }
work="$(mktemp -d)"
`;

/**
 * Creates the bucket if it is not there, and sets what protects it. Never makes an existing bucket's lock weaker.
 * Environment: LOCK_MODE (GOVERNANCE, COMPLIANCE or empty), RETENTION_DAYS.
 */
export const setUpBucket = `${tools}
# The store may still be electing its master.
tries=0
until answer="$(s3 head-bucket 2>&1)"; do
  if [[ "$answer" == *"(404)"* ]] && answer="$(s3 create-bucket \${LOCK_MODE:+--object-lock-enabled-for-bucket} 2>&1)"; then
    say "$BUCKET is created"
    break
  fi
  tries=$((tries + 1))
  [ "$tries" -lt "\${TRIES:-60}" ] || fail "$BUCKET cannot be created: $answer"
  sleep "\${PAUSE:-5}"
done

s3 put-bucket-versioning --versioning-configuration Status=Enabled
[ "$(s3 get-bucket-versioning --query Status --output text)" = Enabled ] || fail "the store does not keep versions"

encryption='{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}'
s3 put-bucket-encryption --server-side-encryption-configuration "$encryption"
algorithm='ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm'
[ "$(s3 get-bucket-encryption --query "$algorithm" --output text)" = AES256 ] || fail "the store does not encrypt"

if [ -n "$LOCK_MODE" ]; then
  rule='ObjectLockConfiguration.[ObjectLockEnabled,Rule.DefaultRetention.Mode,Rule.DefaultRetention.Days,Rule.DefaultRetention.Years]'
  lock() { s3 get-object-lock-configuration --query "$rule" --output text; }
  answer="$(lock 2>&1)" || fail "$BUCKET exists without a lock, which cannot be added: move its content to another: $answer"
  read -r enabled mode days years <<<"$answer"
  [ "$enabled" = Enabled ] || fail "$BUCKET exists without a lock, which cannot be added: move its content to another"
  if [ "$years" != None ]; then days=$((years * 365)); fi
  if [ "$mode" = COMPLIANCE ] && [ "$LOCK_MODE" != COMPLIANCE ]; then
    fail "$BUCKET is locked in compliance mode, which $LOCK_MODE would weaken: nothing is changed"
  fi
  if [ "$days" != None ] && [ "$days" -gt "$RETENTION_DAYS" ]; then
    fail "$BUCKET keeps records for $days days, which $RETENTION_DAYS would shorten: nothing is changed"
  fi
  retention="{\\"Mode\\":\\"$LOCK_MODE\\",\\"Days\\":$RETENTION_DAYS}"
  s3 put-object-lock-configuration \\
    --object-lock-configuration "{\\"ObjectLockEnabled\\":\\"Enabled\\",\\"Rule\\":{\\"DefaultRetention\\":$retention}}"
  read -r enabled mode days years <<<"$(lock)"
  [ "$mode $days" = "$LOCK_MODE $RETENTION_DAYS" ] || fail "the store has set $mode $days instead of $LOCK_MODE $RETENTION_DAYS"
  say "$BUCKET keeps each record for $RETENTION_DAYS days in $LOCK_MODE mode"
fi
`;

/** Every version and every delete marker: key, version, time, whether it is the latest, which of both it is. A line each, with tabs. */
const listing = `${tools}
list() {
  s3 list-object-versions --output text \\
    --query "[Versions[].[Key,VersionId,LastModified,IsLatest,'record'],DeleteMarkers[].[Key,VersionId,LastModified,IsLatest,'marker']][]" |
    awk -F '\\t' -v OFS='\\t' 'NF == 5 { $3 = substr($3, 1, 19); print }' | LC_ALL=C sort -t "$(printf '\\t')" -k1,1 -k3,3r -k4,4r
}
ago() { date -u -d "-$1" +%Y-%m-%dT%H:%M:%S; }

# Deletes the versions in a file, a thousand a request; a row without a version, with a marker. What is locked, the store keeps.
delete() {
  local part refused=0
  split -l 1000 "$1" "$work/delete-"
  for part in "$work"/delete-*; do
    [ -s "$part" ] || continue
    awk -F '\\t' 'BEGIN { printf "{\\"Quiet\\":true,\\"Objects\\":[" }
      { gsub(/[\\\\"]/, "\\\\\\\\&", $1)
        printf "%s{\\"Key\\":\\"%s\\"", (NR > 1 ? "," : ""), $1
        if ($2 != "") printf ",\\"VersionId\\":\\"%s\\"", $2
        printf "}" }
      END { print "]}" }' "$part" >"$work/request"
    refused=$((refused + $(s3 delete-objects --delete "file://$work/request" --query 'length(Errors || \`[]\`)' --output text)))
    rm "$part"
  done
  say "$(($(wc -l <"$1") - refused)) versions are deleted, $refused are still locked"
}

list >"$work/versions"
`;

const dropping = `
# A version is old from the moment the next one was written; a marker has no use once it is the last that is left.
awk -F '\\t' -v before="$(ago "$OLD_VERSION_DAYS days")" '
  $1 != key {
    if (marker != "") print marker
    marker = ($5 == "marker" && $3 < before ? $0 : ""); key = $1; since = $3; next
  }
  { if (since < before) print; else marker = ""; since = $3 }
  END { if (marker != "") print marker }
' "$work/versions" >"$work/old"
delete "$work/old"
`;

/** Deletes what was overwritten or deleted longer ago than OLD_VERSION_DAYS. */
export const dropOldVersions = `${listing}${dropping}`;

/** The same in a zone of a lake, after it has deleted what lies below a folder for EXPIRE_AFTER_DAYS (or empty, for ever). */
export const keepZone = (folder: string) => `${listing}
if [ -n "$EXPIRE_AFTER_DAYS" ]; then
  # Like whatever is deleted, it can be brought back for as long as old versions stay.
  awk -F '\\t' -v OFS='\\t' -v before="$(ago "$EXPIRE_AFTER_DAYS days")" '
    $4 == "True" && $5 == "record" && $3 < before && index($1, "${folder}/") == 1 { print $1, "" }
  ' "$work/versions" >"$work/expired"
  delete "$work/expired"
  list >"$work/versions"
fi
${dropping}`;

/** Where digests are, and where no other identity may write. */
export const digestFolder = "digests";

/**
 * What keeps a bucket of records, in this order: a digest of what was written since the last one, legal holds, a copy in
 * another place, the end of what has been kept long enough. What fails ends the run, so that nothing is deleted that is not
 * in a digest and copied. How far holds and copies have come is in tags of the bucket.
 *
 * A digest is a text, one record a line with its SHA-256 and its lock, that holds the SHA-256 of the digest before it.
 *
 * Environment: RETENTION_DAYS, EXPIRE_AFTER_DAYS, LEGAL_HOLD (ON or OFF), REPLICA_BUCKET (or empty), REPLICA_CA_CERTIFICATE,
 * and what reaches the replica as REPLICA_AWS_*.
 */
export const keepRecords = `${listing}
sum() { sha256sum "$1" | cut -d ' ' -f 1; }
seconds() { date -u -d "\${1}Z" +%s; }
tag() { s3 get-bucket-tagging --query "TagSet[?Key=='$1'].Value | [0]" --output text 2>/dev/null || echo None; }
remember() { s3 put-bucket-tagging --tagging "TagSet=[{Key=held,Value=$held},{Key=copied,Value=$copied}]"; }
held="$(tag held)"
copied="$(tag copied)"

# Writes that are under way may still get an earlier time.
until="$(ago "\${SETTLE_SECONDS:-900} seconds")"
digests() { cut -f 1 "$work/versions" | grep '^${digestFolder}/' || true; }
[ -z "$(digests | uniq -d)" ] || fail "a digest was written twice: $(digests | uniq -d | head -n 1)"

last="$(digests | tail -n 1)"
from="" previous=none
if [ -n "$last" ]; then
  s3 get-object --key "$last" "$work/last" >/dev/null
  from="$(sed -n 's/^until\\t//p' "$work/last")"
  previous="$last $(sum "$work/last")"
fi

short=0
printf 'bucket\\t%s\\nfrom\\t%s\\nuntil\\t%s\\nprevious\\t%s\\n' "$BUCKET" "$from" "$until" "$previous" >"$work/digest"
awk -F '\\t' -v from="$from" -v until="$until" '$3 > from && $3 <= until && $1 !~ /^${digestFolder}\\//' "$work/versions" |
  LC_ALL=C sort -t "$(printf '\\t')" -k3,3 -k1,1 >"$work/new"
record='[ContentLength,ObjectLockMode,ObjectLockRetainUntilDate]'
while IFS=$'\\t' read -r key version time latest kind; do
  # It hides a record from those who do not ask for versions; the record is there.
  if [ "$kind" = marker ]; then
    printf 'marker\\t%s\\t%s\\t%s\\n' "$key" "$version" "$time" >>"$work/digest"
    say "$key was marked as deleted at $time" >&2
    short=$((short + 1))
    continue
  fi
  answer="$(s3 get-object --key "$key" --version-id "$version" --query "$record" --output text "$work/object")"
  read -r size mode retained <<<"$answer"
  retained="\${retained:0:19}"
  printf 'record\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' \\
    "$key" "$version" "$time" "$size" "$(sum "$work/object")" "$mode" "$retained" >>"$work/digest"
  if [ "$mode" = None ] || [ "$(seconds "$retained")" -lt $(($(seconds "$time") + RETENTION_DAYS * 86400 - 60)) ]; then
    say "$key is kept until $retained only" >&2
    short=$((short + 1))
  fi
done <"$work/new"
written=""
name="${digestFolder}/$(date -u -d "\${until}Z" +%Y/%m/%d/%Y%m%dT%H%M%SZ).tsv"
if [ "$name" \\> "$last" ]; then
  s3 put-object --key "$name" --body "$work/digest" --checksum-algorithm SHA256 >/dev/null
  written="$name"
  say "$name has $(wc -l <"$work/new") records and the SHA-256 $(sum "$work/digest")"
fi

hold() {
  while IFS=$'\\t' read -r key version time latest kind; do
    [ "$kind" = record ] || continue
    s3 put-object-legal-hold --key "$key" --version-id "$version" --legal-hold "Status=$1"
  done
}
if [ "$LEGAL_HOLD" = ON ]; then
  [ "$held" != None ] || held=""
  awk -F '\\t' -v held="$held" -v until="$until" '$3 > held && $3 <= until' "$work/versions" | hold ON
  held="$until"
  remember
elif [ "$held" != None ]; then
  awk -F '\\t' -v held="$held" '$3 <= held' "$work/versions" | hold OFF
  held=None
  remember
  say "the legal hold is released"
fi

if [ -n "$REPLICA_BUCKET" ]; then
  replica() (
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_CA_BUNDLE AWS_ENDPOINT_URL_S3
    for variable in "\${!REPLICA_AWS_@}"; do export "\${variable#REPLICA_}=\${!variable}"; done
    if [ -n "\${REPLICA_CA_CERTIFICATE:-}" ]; then
      printf '%s\\n' "$REPLICA_CA_CERTIFICATE" >"$work/replica-ca.crt"
      export AWS_CA_BUNDLE="$work/replica-ca.crt"
    fi
    aws s3api put-object --bucket "$REPLICA_BUCKET" --key "$1" --body "$2" --checksum-algorithm SHA256 >/dev/null
  )
  [ "$copied" != None ] || copied=""
  { digests; say "$written"; } | while read -r digest; do
    [ "$digest" \\> "$copied" ] || continue
    s3 get-object --key "$digest" "$work/manifest" >/dev/null
    while IFS=$'\\t' read -r kind key version time size checksum rest; do
      [ "$kind" = record ] || continue
      # A digest outlives its records by the days until the next night.
      if ! answer="$(s3 get-object --key "$key" --version-id "$version" "$work/object" 2>&1)"; then
        [[ "$answer" == *NoSuch* ]] || fail "$key: $answer"
        [[ "$time" < "$(ago "$EXPIRE_AFTER_DAYS days")" ]] || say "$key" >>"$work/gone"
        continue
      fi
      [ "$(sum "$work/object")" = "$checksum" ] || fail "$key is no longer what $digest says it was"
      replica "$key" "$work/object"
    done <"$work/manifest"
    replica "$digest" "$work/manifest"
    copied="$digest"
    remember
    say "$digest and its records are copied to $REPLICA_BUCKET"
  done
fi

if [ "$LEGAL_HOLD" != ON ]; then
  awk -F '\\t' -v before="$(ago "$EXPIRE_AFTER_DAYS days")" '$3 < before' "$work/versions" >"$work/old"
  delete "$work/old"
fi
if [ -s "$work/gone" ]; then fail "before their time, these are gone: $(cat "$work/gone")"; fi
[ "$short" = 0 ] || fail "$short records are marked as deleted or kept shorter than $RETENTION_DAYS days"
`;
