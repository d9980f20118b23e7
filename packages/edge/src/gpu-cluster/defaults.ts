/** Kubernetes version of the table in `versions.ts`. */
export const kubernetesVersion = "1.36";

/** Port of the Kubernetes API, which k3s also uses for joining. */
export const apiPort = 6443;

/**
 * Volumes that are directories on the disk of a machine, made by the provisioner that k3s brings. A class of our own
 * beside that of k3s, so that what the plan says is all there is to know, and whoever needs volumes can wait for it.
 */
export const storageClass = { name: "aistack-local", provisioner: "rancher.io/local-path" };

/** Taken every six hours, and a week of them kept; k3s itself would keep five of every twelve hours. */
export const etcdSnapshots = { schedule: "0 */6 * * *", keep: 28 };

/**
 * Parts of k3s that are left out: nothing of this library is reached from outside the cluster by an ingress, and what is
 * not there cannot be attacked. Must be the same on all servers.
 */
export const disabledComponents = ["traefik", "servicelb"];

/** Registries that images of this library and of k3s come from; each is looked up in the mirror under its name. */
export const publicRegistries = [
  "docker.io",
  "gcr.io",
  "ghcr.io",
  "nvcr.io",
  "public.ecr.aws",
  "quay.io",
  "registry.k8s.io",
];

/** Where k3s has its settings and its data. */
export const paths = {
  config: "/etc/rancher/k3s/config.yaml",
  /** How the first server comes into the cluster: decided on the machine, once. */
  cluster: "/etc/rancher/k3s/config.yaml.d/10-cluster.yaml",
  token: "/etc/rancher/k3s/token",
  agentToken: "/etc/rancher/k3s/agent-token",
  signingKey: "/etc/rancher/k3s/service-account.key",
  registries: "/etc/rancher/k3s/registries.yaml",
  registryCertificate: "/etc/rancher/k3s/registry-ca.pem",
  kubeconfig: "/etc/rancher/k3s/k3s.yaml",
  audit: "/var/lib/rancher/k3s/server/audit.yaml",
  auditLog: "/var/lib/rancher/k3s/server/logs/audit.log",
  admission: "/var/lib/rancher/k3s/server/admission.yaml",
  manifests: "/var/lib/rancher/k3s/server/manifests",
  images: "/var/lib/rancher/k3s/agent/images",
  sysctl: "/etc/sysctl.d/90-kubelet.conf",
};

/** Directory in the home of the SSH user that a bundle is copied into. */
export const bundleDirectory = "aistack-bundle";
