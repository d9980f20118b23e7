/**
 * Copies the files of one place to another, what is new or has changed: to a bucket, or back from it. Nothing is deleted on the
 * other side, so that what was deleted or overwritten by mistake can be brought back.
 *
 * Environment: FROM and TO (a folder, or `s3://bucket/prefix`), and REGION (or empty). Needs bash and the AWS CLI.
 */
export const copyFiles = `set -euo pipefail
aws s3 sync "$FROM" "$TO" --exact-timestamps --no-follow-symlinks --no-progress \${REGION:+--region "$REGION"}
printf '%s has what %s has\\n' "$TO" "$FROM"
`;
