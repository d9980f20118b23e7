import type { BuiltIn } from "./world";
export const gcpInvokes: Readonly<Record<string, BuiltIn>> = {};
