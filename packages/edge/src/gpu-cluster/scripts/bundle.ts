import * as defaults from "../defaults";

/** Where a machine finds the bundle: Pulumi copies the directory into one of the home of the user who logs in. */
export function bundleFolder(bundlePath: string): string {
  return `"$1/${defaults.bundleDirectory}/${bundlePath.split("/").at(-1)}"`;
}

/**
 * Compares the checksums of a bundle and gives its images to k3s, which loads them when it starts and when they change.
 * Images of one's own may lie beside those of k3s: every `*.tar`, `*.tar.gz` and `*.tar.zst`.
 */
export function imagesScript(bundlePath: string): string {
  return `
bundle=${bundleFolder(bundlePath)}
case "$(uname -m)" in
  x86_64 | amd64) arch=amd64 binary=k3s ;;
  aarch64 | arm64) arch=arm64 binary=k3s-arm64 ;;
  *) fail "k3s has no bundle for $(uname -m)" ;;
esac
for file in install.sh "$binary" "sha256sum-$arch.txt"; do
  [ -f "$bundle/$file" ] || fail "the bundle lacks $file, a file of the k3s release for $arch"
done
(cd "$bundle" && sha256sum --check --ignore-missing --quiet "sha256sum-$arch.txt") || fail "the bundle is damaged: a checksum differs"
mkdir -p "$root${defaults.paths.images}"
count=0
for file in "$bundle"/*.tar "$bundle"/*.tar.gz "$bundle"/*.tar.zst; do
  [ -f "$file" ] || continue
  name="$(basename "$file")"
  case "$name" in
    "k3s-airgap-images-$arch".*) ;;
    k3s-airgap-images-*) continue ;;
  esac
  cmp -s "$file" "$root${defaults.paths.images}/$name" || install -m 0600 "$file" "$root${defaults.paths.images}/$name"
  count=$((count + 1))
done
say "$count image archives"
`;
}
