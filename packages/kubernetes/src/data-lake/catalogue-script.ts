import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/**
 * Makes the tables of Iceberg's catalogue in PostgreSQL, and a role for each identity of the lake that sees and changes the
 * rows of its zones alone. Columns: JdbcUtil.java of Iceberg, in version 1 of its schema, and pyiceberg/catalog/sql.py of
 * PyIceberg 0.12, which are the same. Run by psql, as the owner of the database.
 *
 * Variables: LAKE, its name; NAMESPACES, JSON of the place of each namespace's tables; MEMBERS, JSON of the roles.
 */
export const setUpCatalogue = `\\set ON_ERROR_STOP on
\\getenv lake LAKE
\\getenv namespaces NAMESPACES
\\getenv members MEMBERS
SET client_min_messages TO warning;
BEGIN;

CREATE TABLE IF NOT EXISTS iceberg_tables (
  catalog_name varchar(255) NOT NULL,
  table_namespace varchar(255) NOT NULL,
  table_name varchar(255) NOT NULL,
  metadata_location varchar(1000),
  previous_metadata_location varchar(1000),
  iceberg_type varchar(5),
  PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
  catalog_name varchar(255) NOT NULL,
  namespace varchar(255) NOT NULL,
  property_key varchar(255) NOT NULL,
  property_value varchar(1000),
  PRIMARY KEY (catalog_name, namespace, property_key)
);

-- Nobody has what is not given below.
ALTER TABLE iceberg_tables ENABLE ROW LEVEL SECURITY;
ALTER TABLE iceberg_namespace_properties ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON iceberg_tables, iceberg_namespace_properties FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \\gexec

INSERT INTO iceberg_namespace_properties
  SELECT :'lake', key, 'location', value FROM jsonb_each_text(:'namespaces')
  ON CONFLICT (catalog_name, namespace, property_key) DO UPDATE SET property_value = excluded.property_value;

CREATE TEMPORARY TABLE member ON COMMIT DROP AS
  SELECT * FROM jsonb_to_recordset(:'members') AS row(name text, verifier text, sees text[], changes text[]);
SELECT format('DROP POLICY %I ON %I', policyname, tablename) FROM pg_policies
  WHERE schemaname = 'public' AND starts_with(policyname, :'lake' || '.') \\gexec

-- Those who are no more.
CREATE TEMPORARY TABLE former ON COMMIT DROP AS
  SELECT rolname AS name FROM pg_roles
  WHERE starts_with(rolname, :'lake' || '.') AND rolname NOT IN (SELECT name FROM member);
SELECT format(statement, name, current_database()) FROM former, (VALUES
  (1, 'REVOKE ALL ON iceberg_tables, iceberg_namespace_properties FROM %1$I'),
  (2, 'REVOKE ALL ON SCHEMA public FROM %1$I'),
  (3, 'REVOKE ALL ON DATABASE %2$I FROM %1$I'),
  (4, 'DROP ROLE %1$I')) AS steps(number, statement) ORDER BY name, number \\gexec

SELECT format('CREATE ROLE %I', name) FROM member WHERE name NOT IN (SELECT rolname FROM pg_roles) \\gexec
SELECT format(statement, name, current_database(), verifier) FROM member, (VALUES
  (1, 'ALTER ROLE %1$I LOGIN PASSWORD %3$L'),
  (2, 'GRANT CONNECT ON DATABASE %2$I TO %1$I'),
  (3, 'GRANT USAGE ON SCHEMA public TO %1$I'),
  (4, 'REVOKE ALL ON iceberg_tables, iceberg_namespace_properties FROM %1$I'),
  (5, 'GRANT SELECT ON iceberg_tables, iceberg_namespace_properties TO %1$I')) AS steps(number, statement)
  ORDER BY name, number \\gexec
SELECT format('GRANT INSERT, UPDATE ON iceberg_tables TO %I', name) FROM member WHERE cardinality(changes) > 0 \\gexec

-- A namespace below that of a zone is of the zone too.
SELECT format('CREATE POLICY %I ON iceberg_tables FOR SELECT TO %I
    USING (catalog_name = %L AND split_part(table_namespace, ''.'', 1) = ANY (%L))',
    name || '.sees', name, :'lake', sees) FROM member \\gexec
SELECT format('CREATE POLICY %I ON iceberg_namespace_properties FOR SELECT TO %I
    USING (catalog_name = %L AND split_part(namespace, ''.'', 1) = ANY (%L))',
    name || '.sees', name, :'lake', sees || changes) FROM member \\gexec
SELECT format('CREATE POLICY %I ON iceberg_tables FOR INSERT TO %I
    WITH CHECK (catalog_name = %L AND split_part(table_namespace, ''.'', 1) = ANY (%L))',
    name || '.adds', name, :'lake', changes) FROM member WHERE cardinality(changes) > 0 \\gexec
SELECT format('CREATE POLICY %I ON iceberg_tables FOR UPDATE TO %I
    USING (catalog_name = %L AND split_part(table_namespace, ''.'', 1) = ANY (%L))',
    name || '.changes', name, :'lake', changes) FROM member WHERE cardinality(changes) > 0 \\gexec
COMMIT;
`;

/**
 * What PostgreSQL keeps of a password, so that neither it nor its log ever gets that: RFC 5803, as in
 * https://www.postgresql.org/docs/17/catalog-pg-authid.html. The salt need not be secret, but the same in each plan.
 */
export function scramVerifier(user: string, password: string): string {
  const iterations = 4096;
  const salt = createHmac("sha256", password).update(user).digest().subarray(0, 16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(hmac("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${hmac("Server Key").toString("base64")}`;
}
