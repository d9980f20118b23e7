const { transform, testEnvironment } = require("../../package.json").jest;

/** Against a real API server: `npm run test:cluster`. Needs Go; see packages/cluster/README.md. */
module.exports = {
  rootDir: "../..",
  testMatch: ["<rootDir>/test/cluster/*.test.ts"],
  transform,
  testEnvironment,
  moduleNameMapper: { "^aistack-(core|engine|kubernetes|aws|cluster)$": "<rootDir>/packages/$1/src/index.ts" },
  globalSetup: "<rootDir>/test/cluster/build.ts",
  testTimeout: 120_000,
  // A control plane that starts keeps two cores busy; after that, tests mostly wait for it.
  maxWorkers: 2,
};
