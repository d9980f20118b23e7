import { ComponentResource } from "@pulumi/pulumi";

const component = new ComponentResource("test:index:Module", "module");
await Promise.resolve();

export const urn = component.urn;
