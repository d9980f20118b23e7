/** Registries that stand in for the public ones, for clusters that cannot reach those. */
export interface Mirror {
  /** Host and path put before the full name of every container image, such as `registry.local/mirror`. */
  images?: string;
  /** OCI registry that holds every Helm chart, such as `oci://registry.local/charts`. */
  charts?: string;
  /** URL of a package index for Python, such as `https://registry.local/pypi/simple`. */
  packages?: string;
}

/**
 * The name of an image in the mirror: `qdrant/qdrant:v1` becomes `registry.local/docker.io/qdrant/qdrant:v1`.
 * The original registry stays part of the name, so that images of different registries never collide.
 */
export function mirroredImage(image: string, mirror?: Mirror): string {
  if (!mirror?.images) return image;
  const [first = "", ...rest] = image.split("/");
  const hasHost = rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  const path = hasHost ? image : rest.length > 0 ? `docker.io/${image}` : `docker.io/library/${image}`;
  return `${mirror.images.replace(/\/+$/, "")}/${path}`;
}
