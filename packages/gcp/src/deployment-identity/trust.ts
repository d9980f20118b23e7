/** Which tokens the provider takes, and who they are to Google Cloud. */
import { CiProvider, type CiTrust } from "aistack-core";

/**
 * The subject of merge requests. The one in GitLab's token names the source branch: it would be another for each, and might be
 * longer than Google Cloud takes.
 */
const mergeRequests = (repository: string) => `project_path:${repository}:pipeline_source:merge_request_event`;

/** Subject of the tokens that may plan. */
export function planSubjectOf({ planSubject, repository }: CiTrust): string {
  return planSubject ?? mergeRequests(repository);
}

/** All subjects that are granted something. */
export function subjectsIn(trust: CiTrust): string[] {
  return [planSubjectOf(trust), ...trust.deploySubjects];
}

/** What of a token becomes what of a principal; the attributes are for the audit log. */
export function mappingOf(trust: CiTrust): { [attribute: string]: string } {
  if (trust.provider === CiProvider.GitHub)
    return {
      "google.subject": "assertion.sub",
      "attribute.repository": "assertion.repository",
      "attribute.ref": "assertion.ref",
      "attribute.actor": "assertion.actor",
    };
  return {
    "google.subject": `${isMergeRequest} ? ${text(mergeRequests(trust.repository))} : assertion.sub`,
    "attribute.repository": "assertion.project_path",
    "attribute.ref": "assertion.ref",
    "attribute.actor": "assertion.user_login",
  };
}

const isMergeRequest = 'assertion.pipeline_source == "merge_request_event"';

/** In the Common Expression Language: which tokens are taken at all. Every other one of the issuer is refused. */
export function conditionOf(trust: CiTrust): string {
  const { provider, repository, repositoryId, deploySubjects, refs } = trust;
  const deploys = [
    `assertion.sub in ${list(deploySubjects)}`,
    ...(refs.length > 0 ? [`assertion.ref in ${list(refs)}`] : []),
  ];
  if (provider === CiProvider.GitHub)
    return all(
      `assertion.repository == ${text(repository)}`,
      ...(repositoryId ? [`assertion.repository_id == ${text(repositoryId)}`] : []),
      `(assertion.sub == ${text(planSubjectOf(trust))} || (${all(...deploys)}))`,
    );
  // A branch that anybody may push to is no branch that may deploy, whatever it is called.
  return all(
    `assertion.project_path == ${text(repository)}`,
    ...(repositoryId ? [`assertion.project_id == ${text(repositoryId)}`] : []),
    `(${isMergeRequest} || (${all(...deploys, 'assertion.ref_protected == "true"')}))`,
  );
}

const all = (...conditions: string[]) => conditions.join(" && ");

/** Neither a quote nor a backslash can be in what the checks let through. */
const text = (value: string) => `"${value}"`;

const list = (values: string[]) => `[${values.map(text).join(", ")}]`;
