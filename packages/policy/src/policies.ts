import type { Policies, PolicyConfigSchema, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { type Control, contradictionsOf, controls, controlsOf, Regulation, Requirement } from "aistack-core/compliance";
import { contradictionsRule, type Setting } from "./config";
import { type Finding, messageOf } from "./finding";
import { viewOfResource, viewOfStack } from "./from-policy";
import { judgeControl, regulationsOf, resolutionsOf } from "./judge";
import { judgeRule, type Remedy, type Rule, remedies, rules } from "./rules";

/** Versions of the texts, as a policy's framework names them. */
const frameworks: Readonly<Record<Regulation, { name: string; version: string; reference: string }>> = {
  [Regulation.Gdpr]: { name: "GDPR", version: "2016/679", reference: "https://eur-lex.europa.eu/eli/reg/2016/679/oj" },
  [Regulation.Ccpa]: { name: "CCPA", version: "2026", reference: "https://cppa.ca.gov/regulations/" },
  [Regulation.Hipaa]: {
    name: "HIPAA",
    version: "45 CFR 164",
    reference: "https://www.ecfr.gov/current/title-45/part-164",
  },
  [Regulation.EuAiAct]: {
    name: "EU AI Act",
    version: "2024/1689",
    reference: "https://eur-lex.europa.eu/eli/reg/2024/1689/oj",
  },
  [Regulation.PciDss]: {
    name: "PCI DSS",
    version: "4.0.1",
    reference: "https://www.pcisecuritystandards.org/document_library/",
  },
  [Regulation.Soc2]: { name: "SOC 2", version: "2017 (2022)", reference: "https://www.aicpa-cima.com/" },
};

type Report = (message: string, urn?: string) => void;

function reportFailures(findings: readonly Finding[], report: Report): void {
  for (const finding of findings) if (finding.holds === false) report(messageOf(finding), finding.urn);
}

/** A general rule as a policy of Pulumi. */
function policyOf(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  const { name, description, severity, level: enforcementLevel, byResource } = rule;
  const configSchema = name === Requirement.Tagged ? { configSchema: tagsSchema } : {};
  const common = { name, description, severity, enforcementLevel, ...configSchema };
  if (byResource)
    return {
      ...common,
      validateResource: (args, report) => {
        const { evidence } = judgeRule(viewOfResource(args), rule, args.getConfig<Setting>());
        reportFailures(evidence, (message) => report(message));
      },
    };
  return {
    ...common,
    validateStack: ({ resources, getConfig }, report) =>
      reportFailures(judgeRule(viewOfStack(resources), rule, getConfig<Setting>()).evidence, report),
  };
}

const tagsSchema: PolicyConfigSchema = { properties: { tags: { type: "array", items: { type: "string" } } } };

/** A remedy as a policy of its own, which acts where its level is set to `remediate`. */
function remedyPolicy({ name, description, remedies }: Remedy): ResourceValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: "disabled",
    remediateResource: ({ type, props }) => remedies[type]?.(props),
  };
}

/** A control as a policy of Pulumi: for stacks in which a component names its regulation, or with `always`. */
function controlPolicy(control: Control): StackValidationPolicy {
  const { id, article, regulation, requires } = control;
  return {
    name: id,
    description: `${article}: ${requires}`,
    enforcementLevel: "mandatory",
    framework: { ...frameworks[regulation], specification: article },
    configSchema: { properties: { always: { type: "boolean" } } },
    validateStack: ({ resources, getConfig, notApplicable }, report) => {
      const plan = viewOfStack(resources);
      if (!getConfig<Setting>().always && !regulationsOf(plan).includes(regulation))
        return notApplicable(`no component names ${regulation} in \`compliance\``);
      reportFailures(judgeControl(plan, control).evidence, report);
    },
  };
}

/** Contradictions between the regulations of a stack are decided in writing. */
const contradictionsPolicy: StackValidationPolicy = {
  name: contradictionsRule,
  description: "Where regulations pull in different directions, it is written down which way was taken and why.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const plan = viewOfStack(resources);
    for (const { id, question, between, resolution } of contradictionsOf(regulationsOf(plan), resolutionsOf(plan)))
      if (resolution === undefined)
        report(`${id} (${between.flat().join(", ")}): ${question} Write the decision into \`resolutions\`.`);
  },
};

/** Everything: the general rules, their remedies, and a policy for each control. */
export const policies: Policies = [
  ...rules.map(policyOf),
  ...remedies.map(remedyPolicy),
  ...controls.map(controlPolicy),
  contradictionsPolicy,
];

/** The policies of some regulations only, for a pack of one's own. */
export function policiesFor(regulations: readonly Regulation[]): Policies {
  return controlsOf(regulations).map(controlPolicy);
}
