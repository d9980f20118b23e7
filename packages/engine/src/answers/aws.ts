import type { BuiltIn } from "./world";
export const awsInvokes: Readonly<Record<string, BuiltIn>> = {};
