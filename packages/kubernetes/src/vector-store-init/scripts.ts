/** Scripts of the pod that prepares a database. Each line of STATEMENTS is one statement. */

/**
 * Has RDS run the statements, which reads the administrator's password itself. Needs the AWS CLI.
 * Environment: STATEMENTS, CLUSTER_ARN, SECRET_ID, DATABASE.
 */
export const runByDataApi = `set -euo pipefail
region=$(echo "$CLUSTER_ARN" | cut -d: -f4)
printf '%s\\n' "$STATEMENTS" | while IFS= read -r statement; do
  aws rds-data execute-statement --region "$region" --resource-arn "$CLUSTER_ARN" --secret-arn "$SECRET_ID" \\
    --database "$DATABASE" --sql "$statement" --output text > /dev/null < /dev/null
done
echo "the database is ready"
`;

/**
 * Fetches the administrator's password with the pod's identity, into a file that psql reads. Needs curl and a POSIX shell.
 * Environment: SECRET_ID, PGPASSFILE, METADATA_URL, SECRETS_URL.
 * https://cloud.google.com/compute/docs/access/authenticate-workloads
 * https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access
 */
export const fetchPassword = `set -eu
umask 077
call() { curl --silent --show-error --fail --max-time 20 --retry 8 --retry-all-errors --header @- "$1"; }
field() { tr -d '\\n' | sed -n "s/.*\\"$1\\": *\\"\\([^\\"]*\\)\\".*/\\1/p"; }
token=$(printf 'Metadata-Flavor: Google\\n' |
  call "$METADATA_URL/computeMetadata/v1/instance/service-accounts/default/token" | field access_token)
password=$(printf 'Authorization: Bearer %s\\n' "$token" |
  call "$SECRETS_URL/v1/$SECRET_ID/versions/latest:access" | field data | base64 -d)
test -n "$password"
printf '*:*:*:*:%s\\n' "$password" > "$PGPASSFILE"
`;

/**
 * Runs the statements. The server has to prove that it knows the password too, on the connection that is used: whoever stands
 * between is refused (PGCHANNELBINDING). Needs psql.
 * Environment: STATEMENTS, URL, PGUSER, PGPASSFILE, PGCHANNELBINDING.
 * https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNECT-CHANNEL-BINDING
 */
export const runByPsql = `set -eu
printf '%s\\n' "$STATEMENTS" | sed 's/$/;/' | psql --no-psqlrc --no-password --quiet --set ON_ERROR_STOP=1 "$URL"
echo "the database is ready"
`;
