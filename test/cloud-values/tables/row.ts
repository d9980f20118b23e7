/** How the inputs of a resource type become the request of the call that creates it. Paths have no indices. */
export interface Row {
  /** `eks.CreateCluster` in botocore, `container.v1.projects.locations.clusters.create` in Google's documents. */
  readonly call: string;
  /** A member in which the inputs are that the request itself has no member for. */
  readonly within?: string;
  /** Inputs by another name than the call's: a path of members from where the input's parent is, or `other.Call#path`. */
  readonly renames?: Readonly<Record<string, string>>;
  /** Inputs that no call takes, with the reason. */
  readonly ignored?: Readonly<Record<string, string>>;
  /** Outputs that a provider makes up where the program names nothing: the member that takes them. */
  readonly names?: Readonly<Record<string, string>>;
  /** Members that the provider sets. */
  readonly constants?: Readonly<Record<string, string | number | boolean>>;
  /** Required members that come from elsewhere, with the reason. */
  readonly given?: Readonly<Record<string, string>>;
  /** Limits that the documentation states and the model lacks, by the path of members. */
  readonly documented?: Readonly<Record<string, Documented>>;
}

export interface Documented {
  readonly oneOf?: readonly (string | number)[];
  readonly max?: number;
  readonly pattern?: string;
  /** A shape of another call that the value has to satisfy too. */
  readonly shape?: string;
  readonly source: string;
}

export type Table = Readonly<Record<string, Row>>;

/** Types that no call creates from these inputs, with the reason. */
export type Unchecked = Readonly<Record<string, string>>;
