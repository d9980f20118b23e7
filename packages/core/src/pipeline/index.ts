export * from "./args";
export * from "./programs";
export * from "./settings";
export * from "./stages";
