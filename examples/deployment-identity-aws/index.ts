import { DeploymentIdentity, ObjectStore } from "aistack-aws";
import { CiProvider, DataClass } from "aistack-core";

/** State of the stacks that the pipelines deploy. */
const state = new ObjectStore("state", { dataClass: DataClass.Confidential, oldVersionDays: 365 });

const pipelines = new DeploymentIdentity("pipelines", {
  provider: CiProvider.GitHub,
  repository: "example-org/assistant",
  // Who approves a deployment stands in the rules of this environment.
  environment: "prod",
  // The numbers of your repository and its owner: `gh api repos/example-org/assistant --jq '.id, .owner.id'`.
  repositoryId: "456789",
  ownerId: "123456",
  state: state.binding,
});

/** For `aistack pipeline github --identity`. */
export const identity = pipelines.binding;
/** What every role that a pipeline makes has to carry. */
export const permissionsBoundary = pipelines.permissionsBoundaryArn;
