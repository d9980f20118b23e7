/** Parts of workflows. https://cloud.google.com/workflows/docs/reference/syntax */

/** A step by its name. */
export type Step = { [name: string]: object };

/** What is worked out when the workflow runs. */
export const ex = (expression: string) => `\${${expression}}`;

/** Calls as the workflow's own account. */
export const authenticated = { auth: { type: "OAuth2" } };

/** Calls that only read are made again when they fail for a moment. */
export const retried = ex("http.default_retry");

/** Sets variables, in this order. */
export function assign(name: string, values: { [variable: string]: unknown }): Step {
  return { [name]: { assign: Object.entries(values).map(([variable, value]) => ({ [variable]: value })) } };
}

/** Steps under a condition. */
export function when(name: string, condition: string, steps: Step[]): Step {
  return { [name]: { switch: [{ condition, steps }] } };
}
