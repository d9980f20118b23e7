/** Nodes of one pool at most that an autoscaler would fill, here: its own limit may be for a data centre. */
export const elasticNodes = 8;
