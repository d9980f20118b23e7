export const replicas = 2;
