/**
 * What every script begins with. Scripts run as root under bash. Secrets come on standard input, never in the text:
 * the text of a command is in Pulumi's state and in its messages.
 *
 * AISTACK_ROOT puts every file under a directory of its own, for tests.
 */
export const prelude = `set -euo pipefail
umask 077
root="\${AISTACK_ROOT:-}"
export PATH="$root/usr/local/bin:$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

say() { printf "%s\\n" "$*"; }
fail() { printf "%s\\n" "$*" >&2; exit 1; }

# put MODE FILE: what comes on standard input becomes the file, all of it at once.
put() {
  local file="$root$2" made
  mkdir -p "$(dirname "$file")"
  made="$(mktemp "$file.XXXXXX")"
  cat >"$made"
  chmod "$1" "$made"
  mv -f "$made" "$file"
}
`;

/** Lines that write a file whose content is no secret. */
export function putFile(mode: string, path: string, content: string): string {
  return `put ${mode} ${path} <<\\END_OF_FILE\n${content.endsWith("\n") ? content : `${content}\n`}END_OF_FILE\n`;
}

/** Text as one word for a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Text that a script holds between double quotes. */
export function word(text: string): string {
  if (/["$`\\\n]/.test(text)) throw new Error(`${JSON.stringify(text)} cannot stand in a script`);
  return `"${text}"`;
}

/** A command line that runs a script as root; `$1` of the script is the home of the user who logs in. */
export function asRoot(user: string, script: string): string {
  return `${user === "root" ? "" : "sudo -n "}bash -c ${quoted(prelude + script)} aistack "$HOME"`;
}
