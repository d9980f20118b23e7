const { transform, testEnvironment, moduleNameMapper } = require("../../package.json").jest;

/** With the real engine: `npm run test:up`. Needs the Pulumi CLI and Go; without the CLI it says what it skipped. */
module.exports = {
  rootDir: "../..",
  testMatch: ["<rootDir>/test/up/*.test.ts"],
  transform,
  testEnvironment,
  moduleNameMapper,
  globalSetup: "<rootDir>/test/up/find-cli.ts",
  testTimeout: 600_000,
  maxWorkers: 1,
};
