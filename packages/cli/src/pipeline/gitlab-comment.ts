/**
 * Writes the comment on a merge request, or changes the earlier one. A job's own token may not write comments: it takes a token
 * of the project in a masked variable. Without one, the report is an artifact that the merge request shows.
 * https://docs.gitlab.com/ci/jobs/ci_job_token/
 */
export const commentCommand = `if [ -n "\${AISTACK_COMMENT_TOKEN:-}" ]; then
node <<'END' || failed=1
const { readFileSync } = require("node:fs");
const { CI_API_V4_URL, CI_MERGE_REQUEST_PROJECT_ID, CI_MERGE_REQUEST_IID, AISTACK_COMMENT_TOKEN, REPORT } = process.env;
const notes = \`\${CI_API_V4_URL}/projects/\${CI_MERGE_REQUEST_PROJECT_ID}/merge_requests/\${CI_MERGE_REQUEST_IID}/notes\`;
const headers = { "PRIVATE-TOKEN": AISTACK_COMMENT_TOKEN, "Content-Type": "application/json" };
async function call(url, method = "GET", content) {
  const response = await fetch(url, { method, headers, body: content && JSON.stringify(content) });
  if (!response.ok) throw new Error(\`GitLab answers \${response.status} to \${method} \${url}\`);
  return response;
}
async function comment() {
  const body = readFileSync(\`\${REPORT}/comment.md\`, "utf8");
  const [marker] = body.split("\\n");
  const me = await (await call(\`\${CI_API_V4_URL}/user\`)).json();
  let own;
  for (let page = "1"; page && !own; ) {
    const response = await call(\`\${notes}?per_page=100&page=\${page}\`);
    own = (await response.json()).find((note) => note.author.id === me.id && note.body.startsWith(marker));
    page = response.headers.get("x-next-page");
  }
  await (own ? call(\`\${notes}/\${own.id}\`, "PUT", { body }) : call(notes, "POST", { body }));
}
comment().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
END
fi`;
