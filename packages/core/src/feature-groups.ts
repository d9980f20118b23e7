/** Groups of features, where a managed service keeps them. What a platform cannot do, it refuses by name. */
import { type Checks, oneOf, type Rule } from "./checks";

/** Features of one kind of entity. */
export interface FeatureGroupArgs {
  /** Name of the group: on AWS letters, digits and hyphens, on Google Cloud lower-case letters, digits and underscores. */
  name: string;
  /** Feature that identifies the entity. */
  recordIdentifier: string;
  /** Feature that says when a value was so. On Google Cloud "feature_timestamp". */
  eventTime: string;
  /** All features, those two included. */
  features: FeatureArgs[];
}

/** One feature. */
export interface FeatureArgs {
  /** Name of the feature: letters, digits and underscores, on AWS hyphens too, on Google Cloud in lower case. */
  name: string;
  /** Type of its values. */
  type: FeatureType;
}

/** Type of the values of a feature. */
export enum FeatureType {
  /** Whole numbers. */
  Integral = "Integral",
  /** Numbers. */
  Fractional = "Fractional",
  /** Texts, times in ISO 8601 among them. */
  String = "String",
}

/** What a service takes as names. */
export interface FeatureGroupRules {
  group: Rule<string>;
  feature: Rule<string>;
  /** Columns that the service adds to each group. */
  reserved: readonly string[];
}

/** Features of a group: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html */
const mostFeatures = 2500;

/** Checks groups of features by what every service asks for. Those that are none at all are left out. */
export function checkedFeatureGroups(
  check: Checks,
  given: FeatureGroupArgs[] | undefined,
  rules: FeatureGroupRules,
): FeatureGroupArgs[] {
  const groups = Array.isArray(given) ? given : [];
  if (groups.length === 0) check.fault("groups", "is left out, but must name one group of features or more");
  checkDistinct(
    check,
    "groups",
    groups.map((group) => group.name),
  );
  groups.forEach((group, index) => {
    checkGroup(check, `groups[${index}]`, group, rules);
  });
  return groups;
}

function checkGroup(check: Checks, path: string, group: FeatureGroupArgs, rules: FeatureGroupRules): void {
  check.value(`${path}.name`, group.name, rules.group);
  const features = Array.isArray(group.features) ? group.features : [];
  if (features.length > mostFeatures)
    check.fault(`${path}.features`, `has ${features.length} items, but must have ${mostFeatures} or fewer`);
  checkDistinct(
    check,
    `${path}.features`,
    features.map((feature) => feature.name),
  );
  features.forEach((feature, position) => {
    const at = `${path}.features[${position}]`;
    check.value(`${at}.name`, feature.name, rules.feature);
    if (rules.reserved.includes(feature.name)) check.fault(`${at}.name`, `is ${feature.name}, which the service keeps`);
    check.value(`${at}.type`, feature.type, oneOf(Object.values(FeatureType)));
  });
  for (const key of ["recordIdentifier", "eventTime"] as const)
    if (typeOfFeature(group, group[key]) === undefined)
      check.fault(`${path}.${key}`, `is "${group[key]}", but must be the name of one of the group's features`);
  if (typeOfFeature(group, group.eventTime) === FeatureType.Integral)
    check.fault(`${path}.eventTime`, "is Integral, but must be Fractional (seconds) or String (ISO 8601)");
}

/** Type of one of a group's features; undefined if it has none of that name. */
export function typeOfFeature(group: FeatureGroupArgs, name: string): FeatureType | undefined {
  const features = Array.isArray(group.features) ? group.features : [];
  return features.find((feature) => feature.name === name)?.type;
}

/** Faults what is in a list twice. */
export function checkDistinct(check: Checks, path: string, names: string[]): void {
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index) check.fault(`${path}[${index}]`, `is "${name}" again; names must differ`);
  });
}
