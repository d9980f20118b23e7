/** Each control holds on a compliant plan, and one change of that plan makes exactly it fail. */
import { join } from "node:path";
import { Contradiction, controls, Regulation, Requirement } from "aistack-core";
import { type PlanDocument, planDirectory, toDocument } from "aistack-engine";
import { assess, rules, Status, viewOfPlan } from "aistack-policy";
import { root } from "../programs";
import { Mutable, mutations } from "./mutations";

const all = Object.values(Regulation);
let plan: PlanDocument;

// The reference stack on AWS, as it is deployed in production, under all regulations at once.
beforeAll(async () => {
  const resolutions = Object.fromEntries(
    Object.values(Contradiction).map((id) => [id, "Decided for the test, and written down."]),
  );
  const config = { compliance: JSON.stringify(all), resolutions: JSON.stringify(resolutions) };
  plan = toDocument(await planDirectory(join(root, "stacks/cloud-aws"), { stack: "prod", mode: "simulate", config }));
}, 60_000);

/** The controls of some regulations by status. */
function byStatus(document: PlanDocument, regulations: readonly Regulation[], status: Status): string[] {
  const { controls: judged } = assess(viewOfPlan(document), { regulations });
  return judged
    .filter((row) => row.status === status && regulations.includes(row.control.regulation))
    .map(({ control }) => control.id);
}

test("every control of every regulation holds on the reference stack, and none is left out", () => {
  expect(byStatus(plan, all, Status.Fails)).toEqual([]);
  expect(byStatus(plan, all, Status.Holds)).toEqual(controls.map(({ id }) => id));
  const { failed, contradictions } = assess(viewOfPlan(plan));
  expect(failed).toEqual([]);
  expect(contradictions.map(({ id }) => id)).toEqual(Object.values(Contradiction));
});

test("every requirement, and so every control, has a mutation", () => {
  expect(Object.keys(mutations).sort()).toEqual(Object.values(Requirement).sort());
  const without = controls.filter(({ requirement }) => mutations[requirement] === undefined);
  expect(without).toEqual([]);
});

test.each(controls.map((control) => [control.id, control] as const))(
  "%s fails after its mutation, alone",
  (_, control) => {
    const mutable = new Mutable(plan);
    mutations[control.requirement](mutable, control);
    expect(byStatus(mutable.document, [control.regulation], Status.Fails)).toEqual([control.id]);
    // Of the other regulations, those fail that ask for the same, or for a longer time.
    const others = byStatus(mutable.document, all, Status.Fails);
    const asked = controls
      .filter(({ requirement, minimumDays = 0 }) => {
        if (control.requirement !== Requirement.KeptLongEnough) return requirement === control.requirement;
        return minimumDays >= (control.minimumDays as number);
      })
      .map(({ id }) => id);
    expect(others).toEqual(asked);
  },
);

test.each(rules.map((rule) => [rule.name, rule] as const))("the rule %s fails after its mutation, alone", (name) => {
  const [control] = controls.filter(({ requirement }) => requirement === name);
  const mutable = new Mutable(plan);
  mutations[name as Requirement](mutable, control ?? (controls[0] as (typeof controls)[number]));
  const failing = assess(viewOfPlan(mutable.document)).rules.filter(({ status }) => status === Status.Fails);
  expect(failing.map(({ rule }) => rule.name)).toEqual([name]);
});
