import { MlopsPipeline } from "./mlops-pipeline";
import { created, inputs, modes, planned, custom } from "../testing";
import { Secret } from "aistack-engine";

test.each(modes)("smoke %s", async (mode) => {
  const graph = await planned(() => { const p = new MlopsPipeline("churn"); return { binding: p.binding, url: p.workflow }; }, mode);
  console.log(created(graph).join("\n"));
  if (mode === "simulate") {
    console.log(JSON.stringify(graph.outputs.binding, null, 1));
    console.log(inputs(graph, "churn-workflow", "sourceContents"));
    for (const n of ["before", "after"]) { const c = inputs(graph, `churn-job-${n}`, "content") as Secret; require("fs").writeFileSync(`/tmp/vx/${n}.json`, c.reveal() as string); }
    const all = custom(graph).filter((r) => /IAM|Role|Account/.test(r.type)).map((r) => [r.name, JSON.stringify(r.inputs)]);
    console.log(all.join("\n"));
  }
});
