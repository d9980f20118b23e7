/** Google Cloud: ids and addresses that follow from project, location and name. */
import { known, type Rule, type Rules, type Subject } from "./subject";

const setting = (r: Subject, key: string): string | undefined => {
  if (r.has(key)) return r.text(key);
  const value = r.providerInput(key) ?? r.world.config(`gcp:${key}`);
  return typeof value === "string" ? value : undefined;
};

const serviceAccount: Rule = (r) => {
  const project = setting(r, "project");
  const email = known`${r.text("accountId")}@${project}.iam.gserviceaccount.com`;
  const name = known`projects/${project}/serviceAccounts/${email}`;
  return { id: name, name, email, member: known`serviceAccount:${email}`, project };
};

const bucket: Rule = (r) => {
  const name = r.named();
  return { id: name, name, url: known`gs://${name}`, selfLink: known`https://www.googleapis.com/storage/v1/b/${name}` };
};

/** Compute things are known by a path, and their address is that path under the API's. */
const compute =
  (path: (r: Subject, name: string | undefined) => string | undefined): Rule =>
  (r) => {
    const name = r.named();
    const id = known`projects/${setting(r, "project")}/${path(r, name)}`;
    return { id, name, selfLink: known`https://www.googleapis.com/compute/v1/${id}`, project: setting(r, "project") };
  };

export const gcpRules: Rules = {
  "gcp:serviceaccount/account:Account": serviceAccount,
  "gcp:storage/bucket:Bucket": bucket,
  "gcp:compute/network:Network": compute((_, name) => known`global/networks/${name}`),
  "gcp:compute/subnetwork:Subnetwork": compute((r, name) => known`regions/${setting(r, "region")}/subnetworks/${name}`),
};
