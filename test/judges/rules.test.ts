/** Prometheus' own `promtool` judges every rule object of every stack and example. Needs Debian's `prometheus`. */
import { join } from "node:path";
import { Platform } from "aistack-core";
import { plan, planDirectory } from "aistack-engine";
import { SharedFileSystem } from "aistack-kubernetes";
import { programs, root } from "../programs";
import { faultOf, type PrometheusRule } from "./rules";

test("promtool takes every rule", async () => {
  let count = 0;
  for (const { path, stack } of programs()) {
    const graph = await planDirectory(join(root, path), { stack, mode: "simulate" });
    const objects = graph.resources.map(({ inputs }) => JSON.parse(JSON.stringify(inputs)));
    const rules: PrometheusRule[] = objects.filter(({ kind }) => kind === "PrometheusRule");
    count += rules.length;
    expect(rules.flatMap((rule) => faultOf(rule) ?? [])).toEqual([]);
  }
  console.log(count === 0 ? "no rules yet: no plan holds a PrometheusRule" : `${count} PrometheusRule objects`);
}, 120_000);

test("promtool takes the rules of components that no program asks for", async () => {
  const cluster = { name: "any", platform: Platform.Kubernetes, kubeconfig: "{}" };
  const store = {
    kind: "object-store",
    name: "copies",
    platform: Platform.Edge,
    bucket: "copies",
    url: "s3://copies",
    access: { read: [], write: [] },
  };
  const graph = await plan(
    () => void new SharedFileSystem("files", { cluster, disks: "^sdb$", backup: { store }, alerts: true }),
  );
  const objects = graph.resources.map(({ inputs }) => JSON.parse(JSON.stringify(inputs)));
  const rules: PrometheusRule[] = objects.filter(({ kind }) => kind === "PrometheusRule");
  expect(rules.map(({ spec }) => spec.groups.flatMap((group) => group.rules).length)).toEqual([5]);
  expect(rules.flatMap((rule) => faultOf(rule) ?? [])).toEqual([]);
});

describe("a test of the test", () => {
  const rule = (expr: string): PrometheusRule => ({
    metadata: { name: "vectors" },
    spec: { groups: [{ name: "vectors", rules: [{ alert: "VectorsDown", expr, for: "5m" }] }] },
  });

  test("a good rule is taken", () => expect(faultOf(rule('up{job="vectors"} == 0'))).toBeUndefined());

  test("an expression that is none is found", () => {
    expect(faultOf(rule('up{job="vectors"'))).toMatch(/vectors.*could not parse expression/s);
  });

  test("a field that is none is found", () => {
    const bad = {
      ...rule("up == 0"),
      spec: { groups: [{ name: "vectors", rules: [{ alrt: "VectorsDown", expr: "1" }] }] },
    };
    expect(faultOf(bad)).toContain("alrt");
  });

  test("an object without rules is found", () => {
    expect(faultOf({ metadata: { name: "vectors" }, spec: { groups: [] } })).toBe("vectors holds no rule");
  });
});
