/** Ports of Redis and Feast's servers (feast/constants.py, feast/cli/serve.py and feast/cli/ui.py of 0.67.0). */
export const ports = { redis: 6379, online: 6566, offline: 8815, registry: 6570, ui: 8888 };

/** Where certificates are mounted. */
export const tlsPath = "/tls";

/** Where Feast finds its configuration and the definitions. */
export const repositoryPath = "/repository";

/** File in the repository with the authority of the database's certificate. */
export const authorityFile = "database.crt";

/** Role and database of Feast in the PostgreSQL that is made, and its user in Redis. */
export const feastUser = "feast";
