import { CiProvider, Platform } from "aistack-core";
import { DeploymentIdentity } from "aistack-gcp";

const pipelines = new DeploymentIdentity("pipelines", {
  provider: CiProvider.GitLab,
  repository: "example-group/assistant",
  // The number of your project, under its name on its page.
  repositoryId: "456789",
  // A bucket that exists, for the state of the stacks that the pipelines deploy.
  state: {
    kind: "object-store",
    name: "state",
    platform: Platform.Gcp,
    bucket: "my-project-pulumi-state",
    url: "gs://my-project-pulumi-state",
    access: { read: [], write: [] },
  },
  // The key of `pulumi stack init --secrets-provider gcpkms://...`.
  secretsKey: "projects/my-project/locations/europe-west4/keyRings/pulumi/cryptoKeys/secrets",
});

/** For `aistack pipeline gitlab --identity`. */
export const identity = pipelines.binding;
