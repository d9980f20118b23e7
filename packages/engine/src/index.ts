export * from "./graph";
export * from "./options";
