/** Folder that a stage finds its program in. */
export const programPath = "/pipeline";

/** API of the objects of Argo Workflows. */
export const argoApi = "argoproj.io/v1alpha1";

/** Namespace of Argo Workflows. */
export const argoNamespace = "argo";

/** Port of Argo's server: pages, API and events. */
export const argoPort = 2746;

/** Label by which a network policy knows the pods of one stage. */
export const stageLabel = "aistack.dev/stage";

/** Seconds between two attempts of a stage, doubled each time up to ten minutes. */
export const backoff = { duration: "30s", factor: 2, cap: "10m" };

/** Service of Argo's server, as its chart names it for this release. */
export const argoServer = "argo-workflows-server";

/** Its host, which its certificate is valid for. */
export const argoHost = `${argoServer}.${argoNamespace}.svc`;

/** Where the programs put what the orchestrator reads. */
export const resultFolder = "/tmp";

/** Where a Ray head takes jobs. */
export const rayDashboardPort = 8265;
