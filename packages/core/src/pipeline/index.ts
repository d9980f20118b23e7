export * from "./args";
export * from "./settings";
export * from "./stages";
