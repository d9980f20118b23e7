/** What programs that run no Pulumi program need: it loads no SDK. */
export * from "../audit-log";
export * from "../content";
export * from "../platform";
export * from "./contradictions";
export * from "./controls";
export * from "./regulation";
export * from "./requirement";
export * from "./residency";
