/** What a database of PostgreSQL is to those who connect to it, the same on every platform. */
import * as pulumi from "@pulumi/pulumi";
import type { DatabaseBinding, EgressRule } from "./bindings";
import { environmentPrefix } from "./naming";
import type { Platform } from "./platform";

/** What a binding of a database is made from. */
export interface DatabaseParts {
  platform: Platform;
  host: pulumi.Input<string>;
  port: number;
  database: pulumi.Input<string>;
  user: pulumi.Input<string>;
  password: pulumi.Input<string>;
  caCertificate?: pulumi.Input<string>;
  clientLabels?: pulumi.Input<{ [label: string]: string }>;
  /** Where its servers are. */
  egress: EgressParts[];
}

/** A destination, of which some may be known later. */
export type EgressParts = { [field in keyof EgressRule]: pulumi.Input<EgressRule[field]> };

/**
 * The binding of a database: `<NAME>_URL` names server and database, not the role; `<NAME>_PASSWORD` alone is secret. With an
 * authority, which is then in `<NAME>_CA_CERTIFICATE`, the URL asks clients to verify the server.
 */
export function databaseBinding(name: string, parts: DatabaseParts): pulumi.Output<DatabaseBinding> {
  const { password, ...own } = parts;
  const { host, port, database, user, caCertificate } = own;
  const prefix = environmentPrefix(name);
  const mode = caCertificate === undefined ? "require" : "verify-full";
  return pulumi.output({
    kind: "database",
    name,
    ...own,
    environment: {
      [`${prefix}_HOST`]: host,
      [`${prefix}_PORT`]: String(port),
      [`${prefix}_DATABASE`]: database,
      [`${prefix}_USER`]: user,
      [`${prefix}_URL`]: pulumi.interpolate`postgresql://${host}:${port}/${database}?sslmode=${mode}`,
      ...(caCertificate !== undefined && { [`${prefix}_CA_CERTIFICATE`]: caCertificate }),
    },
    credentials: { [passwordVariable(name)]: pulumi.secret(password) },
  }) as pulumi.Output<DatabaseBinding>;
}

function passwordVariable(name: string): string {
  return `${environmentPrefix(name)}_PASSWORD`;
}

/** The password in the binding that a component was given as `database`, for a Secret of its own. A secret. */
export function databasePassword(binding: pulumi.Input<DatabaseBinding>): pulumi.Output<string> {
  // Lifted access, unlike `apply`, sees the known fields of a partly unknown object.
  const { name, credentials } = pulumi.output(binding) as pulumi.Output<Required<DatabaseBinding>>;
  return pulumi.secret(
    pulumi.all([name, credentials]).apply(([own, all]: [string, { [variable: string]: string } | undefined]) => {
      const password = all?.[passwordVariable(own)];
      if (password !== undefined) return password;
      const reason = `is missing in the binding of database "${own}"; the password of its role is to be there`;
      const propertyPath = `database.credentials.${passwordVariable(own)}`;
      throw new pulumi.InputPropertyError({ propertyPath, reason: `${propertyPath} ${reason}` });
    }),
  );
}
