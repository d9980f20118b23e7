/** Shell scripts of the maintenance pods: curl and a POSIX shell are all that their image has. */

/**
 * Creates the collection if there is none of its name.
 * Environment: URL, API_KEY, COLLECTION, BODY (the request that creates it), CURL_OPTIONS.
 */
export const createCollection = `set -eu
target="$URL/collections/$COLLECTION"
status=$(curl $CURL_OPTIONS --silent --output /dev/null --write-out '%{http_code}' \\
  --retry 60 --retry-delay 5 --retry-all-errors --header "api-key: $API_KEY" "$target")
case "$status" in
  200) echo "collection $COLLECTION exists"; exit 0 ;;
  404) ;;
  *) echo "collection $COLLECTION: unexpected status $status" >&2; exit 1 ;;
esac
curl $CURL_OPTIONS --silent --show-error --fail-with-body --request PUT --header "api-key: $API_KEY" \\
  --header 'content-type: application/json' --data "$BODY" "$target"
`;

/**
 * Takes a snapshot on every node, then deletes the oldest beyond those to keep. Each node stores its own shards' snapshot.
 * Environment: NODES (URLs, separated by spaces), API_KEY, COLLECTION, KEEP, CURL_OPTIONS.
 */
export const takeSnapshots = `set -eu
call() {
  method=$1; shift
  curl $CURL_OPTIONS --silent --show-error --fail-with-body --max-time 3600 --request "$method" \\
    --header "api-key: $API_KEY" "$@"
}
for node in $NODES; do
  target="$node/collections/$COLLECTION/snapshots"
  call POST "$target?wait=true"
  # A snapshot's name ends with its time, so that names sort by age.
  call GET "$target" | grep -o '"name":"[^"]*"' | cut -d '"' -f 4 | sort | head -n "-$KEEP" | while read -r old; do
    call DELETE "$target/$old?wait=true"
  done
done
`;

/**
 * Takes a snapshot on every node, which puts it into the bucket, then deletes those that are older than they are kept. All
 * nodes see the same bucket, so any of them can clean up.
 * Environment: NODES (URLs, separated by spaces), API_KEY, COLLECTION, DAYS, CURL_OPTIONS.
 */
export const backupSnapshots = `set -eu
call() {
  method=$1; shift
  curl $CURL_OPTIONS --silent --show-error --fail-with-body --max-time 10800 --request "$method" \\
    --header "api-key: $API_KEY" "$@"
}
oldest=$(date -u -d "@$(($(date +%s) - DAYS * 86400))" +%Y-%m-%d-%H-%M-%S)
for node in $NODES; do
  target="$node/collections/$COLLECTION/snapshots"
  call POST "$target?wait=true"
done
call GET "$target" | grep -o '"name":"[^"]*"' | cut -d '"' -f 4 | while read -r name; do
  taken=$(echo "$name" | grep -oE '[0-9]{4}(-[0-9]{2}){5}' || true)
  if [ -n "$taken" ] && [ "$(printf '%s\\n' "$taken" "$oldest" | sort | head -n 1)" != "$oldest" ]; then
    call DELETE "$target/$name?wait=true"
  fi
done
`;
