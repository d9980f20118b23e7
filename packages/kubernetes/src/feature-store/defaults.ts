/** Ports of Redis, PostgreSQL and Feast's servers (feast/constants.py, feast/cli/serve.py and feast/cli/ui.py of 0.67.0). */
export const ports = { redis: 6379, postgres: 5432, online: 6566, offline: 8815, registry: 6570, ui: 8888 };

/** Where certificates are mounted. */
export const tlsPath = "/tls";

/** Where Feast finds its configuration and the definitions. */
export const repositoryPath = "/repository";

/** Role and database of Feast in PostgreSQL, and its user in Redis. */
export const feastUser = "feast";
