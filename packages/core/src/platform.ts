/** Where a thing runs, and whose permission system its access rules speak. */
export enum Platform {
  /** Amazon Web Services. */
  Aws = "aws",
  /** Google Cloud. */
  Gcp = "gcp",
  /** Machines you own. */
  Edge = "edge",
  /** Any Kubernetes cluster, known by its kubeconfig alone. */
  Kubernetes = "kubernetes",
}
