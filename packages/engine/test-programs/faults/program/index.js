const pulumi = require("@pulumi/pulumi");

class Thing extends pulumi.CustomResource {
  constructor(name, args = {}, opts = {}) {
    super("test:index:Thing", name, args, opts);
  }
}

const config = new pulumi.Config();
const faults = {
  throws: () => {
    throw new Error(`no luck with ${config.get("token") ?? "it"}`);
  },
  rejects: () => Promise.reject(new Error("came to nothing")),
  unhandled: () => {
    new Thing("thing", { size: pulumi.output(1).apply(() => Promise.reject(new Error("no size"))) });
  },
  exits: () => process.exit(3),
  hangs: () => {
    new Thing("first");
    setInterval(() => {}, 1000);
    return new Promise(() => {});
  },
  duplicates: () => {
    new Thing("twin");
    new Thing("twin");
  },
  refuses: () => {
    throw new pulumi.InputPropertiesError({
      message: "Thing big is not valid:",
      errors: [
        { propertyPath: "sizes[0].width", reason: "-1 is below 1" },
        { propertyPath: "color", reason: '"pink" is none of red, green' },
      ],
    });
  },
  logs: () => {
    pulumi.log.error("it does not fit");
  },
  asks: () => pulumi.runtime.invoke("test:index:lookup", { name: "x" }),
  remote: () => {
    new Thing("fine");
    console.log(`token ${config.requireSecret("token") && config.get("token")}`);
  },
};

module.exports = async () => {
  await faults[config.require("how")]();
  return { done: true };
};
