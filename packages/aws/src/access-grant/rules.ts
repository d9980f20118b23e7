import { type AccessRule, Platform, type Rule } from "aistack-core";
import type { Statement } from "../shared/policy";

const action = /^[a-z0-9-]+:[A-Za-z0-9]+$/;
const arn = /^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[^*]+\*?$/;

/** A rule that IAM can enforce and that names what it allows. */
export const accessRule: Rule<AccessRule> = ({ platform, actions, resources }) => {
  if (platform !== Platform.Aws)
    return `has a rule for platform "${platform}", which AWS cannot enforce; use the AccessGrant of that platform`;
  if (actions.length === 0 || resources.length === 0)
    return "has a rule without actions or resources; name one of each at least";
  const wide = actions.find((name) => !action.test(name));
  if (wide !== undefined) return `has a rule for action "${wide}"; name each action in full, such as s3:GetObject`;
  const open = resources.find((name) => !arn.test(name));
  if (open !== undefined) return `has a rule for resource "${open}"; name an ARN, with * at its end only`;
  return undefined;
};

/** The rules as statements of an IAM policy. */
export function statementsOf(rules: AccessRule[]): Statement[] {
  return rules.map(({ actions, resources }, index) => ({
    Sid: `Access${index + 1}`,
    Effect: "Allow",
    Action: actions,
    Resource: resources,
  }));
}
