/** The measured program: custom resources under components, wired by outputs and dependsOn, without any provider's SDK. */

const pulumi = require("@pulumi/pulumi");

class Item extends pulumi.CustomResource {
  constructor(name, args, opts) {
    super("bench:index:Item", name, { ...args, arn: undefined }, opts);
  }
}

class Group extends pulumi.ComponentResource {
  constructor(name) {
    super("bench:index:Group", name);
    this.registerOutputs({ label: name });
  }
}

const GROUP = 10;

/** `count` resources: in each group one component and nine custom resources, each fed by the one before it. */
exports.program = (count) => () => {
  for (let group = 0; group < count / GROUP; group++) {
    const parent = new Group(`group-${group}`);
    let previous;
    for (let item = 1; item < GROUP; item++) {
      const args = {
        label: `item-${group}-${item}`,
        size: item,
        tags: { team: "data", stage: "bench", index: String(item) },
        rules: [{ from: 80, to: 8080, ranges: ["10.0.0.0/8"] }],
        source: previous?.label,
      };
      previous = new Item(args.label, args, { parent, dependsOn: previous ? [previous] : [] });
    }
  }
};
