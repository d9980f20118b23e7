/** The tests of the engine and of core, run against the lowest supported SDK: `npx jest -c packages/engine/jest.lowest.js`. */
const base = require("../../package.json").jest;

const sdk = "<rootDir>/packages/engine/node_modules/pulumi-lowest";

module.exports = {
  ...base,
  rootDir: "../..",
  testMatch: ["<rootDir>/packages/{core,engine}/src/**/*.test.ts"],
  moduleNameMapper: { ...base.moduleNameMapper, "^@pulumi/pulumi$": sdk, "^@pulumi/pulumi/(.*)$": `${sdk}/$1` },
};
