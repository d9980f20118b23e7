/**
 * Carries the models of a bucket to a volume: into a staging folder, checked there, then made current by one rename. Readers
 * see the old models or the new ones, never a mixture, and keep what they have opened. Whatever fails, the last good ones stay.
 *
 * ```
 * /models/current -> releases/20260102T030405Z     what readers open
 * /models/releases/...                             these and the ones before, sharing equal files
 * /models/.staging                                 what is on its way; a later run goes on with it
 * ```
 *
 * Environment: MODELS (the folder), SOURCE (`s3://bucket/prefix`), SOURCE_REGION, MAX_MIB_PER_SECOND and
 * SOURCE_CA_CERTIFICATE, the authority of a store's own certificate (any of them or none).
 * Needs bash, the coreutils and the AWS CLI, which are what the image has.
 */
export const syncModels = `set -euo pipefail
say() { printf '%s\\n' "$*"; }
fail() { say "$*; the last good models stay" >&2; exit 1; }
# The client leaves empty folders behind where it deletes what was in them.
holds_files() {
  local entry
  for entry in "$1"/* "$1"/.[!.]*; do
    if [ -f "$entry" ]; then return 0; fi
    if [ -d "$entry" ] && holds_files "$entry"; then return 0; fi
  done
  return 1
}

lock="$MODELS/.lock"
staging="$MODELS/.staging"
mkdir -p "$MODELS/releases"

# One run at a time. A run that was killed leaves its lock behind, which is taken over when it has not moved for five minutes.
until mkdir "$lock" 2>/dev/null; do
  moved="$(stat -c %Y "$lock/beat" 2>/dev/null || stat -c %Y "$lock" 2>/dev/null || date +%s)"
  if [ $(($(date +%s) - moved)) -gt 300 ] && mv -T "$lock" "$lock.$$" 2>/dev/null; then
    say "the run before was killed"
    rm -rf "$lock.$$"
  else
    say "another run is at work"
    sleep "\${PAUSE:-10}"
  fi
done
(
  trap 'kill "$pause"; exit' TERM
  while touch "$lock/beat"; do
    sleep 30 &
    pause=$!
    wait "$pause"
  done
) >/dev/null 2>&1 &
beating=$!
trap 'kill "$beating" 2>/dev/null || true; rm -rf "$lock"' EXIT
trap 'exit 143' TERM INT

if [ -n "\${MAX_MIB_PER_SECOND:-}" ]; then
  export AWS_CONFIG_FILE="\${TMPDIR:-/tmp}/aws-config"
  printf '[default]\\ns3 =\\n  max_bandwidth = %sMB/s\\n' "$MAX_MIB_PER_SECOND" >"$AWS_CONFIG_FILE"
fi

if [ -n "\${SOURCE_CA_CERTIFICATE:-}" ]; then
  export AWS_CA_BUNDLE="\${TMPDIR:-/tmp}/ca.crt"
  printf '%s\\n' "$SOURCE_CA_CERTIFICATE" >"$AWS_CA_BUNDLE"
fi

# What is there already is neither downloaded nor stored twice: links, which the client replaces and never writes through.
resumed=yes
if [ ! -d "$staging" ]; then
  resumed=
  rm -rf "$staging.new"
  mkdir "$staging.new"
  if [ -d "$MODELS/current/" ]; then cp -al "$MODELS/current/." "$staging.new/"; fi
  mv -T "$staging.new" "$staging"
fi

# Without --exact-timestamps a changed object of the same size would be taken for the file that is there. The client
# compares the checksums that S3 keeps of each object.
changes="\${TMPDIR:-/tmp}/changes"
aws s3 sync "$SOURCE" "$staging" --delete --exact-timestamps --no-progress \${SOURCE_REGION:+--region "$SOURCE_REGION"} |
  tee "$changes" || fail "$SOURCE was not read to its end"

# An empty bucket is a mistake somewhere, not an order to serve nothing.
if ! holds_files "$staging"; then
  rm -rf "$staging"
  fail "there is nothing at $SOURCE"
fi
if [ -z "$resumed" ] && [ ! -s "$changes" ] && [ -d "$MODELS/current/" ]; then
  rm -rf "$staging"
  say "the models are up to date"
  exit 0
fi

# Sums that the publisher wrote beside the files, at the top or in each model's folder: they also tell a model that is
# still being published. What does not match is fetched anew by the next run.
for sums in "$staging"/SHA256SUMS "$staging"/*/SHA256SUMS; do
  [ -f "$sums" ] || continue
  folder="\${sums%/*}"
  if ! report="$(cd "$folder" && sha256sum --check --quiet SHA256SUMS 2>&1)"; then
    say "$report" >&2
    printf '%s\\n' "$report" | while IFS= read -r line; do
      case "$line" in
        *": FAILED") rm -f "$folder/\${line%: FAILED}" ;;
      esac
    done
    fail "files in $SOURCE do not have the checksums in \${sums#"$staging"/}"
  fi
done

# On the disk before anybody relies on it: the power may fail.
sync
before="$(readlink "$MODELS/current" || true)"
release="releases/$(date -u +%Y%m%dT%H%M%SZ)"
mv -T "$staging" "$MODELS/$release"
rm -f "$MODELS/.current"
ln -s "$release" "$MODELS/.current"
mv -T "$MODELS/.current" "$MODELS/current"
say "$release is current"

for old in "$MODELS"/releases/*; do
  case "releases/\${old##*/}" in
    "$release" | "$before") ;;
    *) rm -rf "$old" ;;
  esac
done
`;
