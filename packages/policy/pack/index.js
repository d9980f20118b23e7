// What `pulumi up --policy-pack <this folder>` runs.
const { PolicyPack } = require("@pulumi/policy");
const { policies } = require("aistack-policy");

new PolicyPack("aistack", { policies });
