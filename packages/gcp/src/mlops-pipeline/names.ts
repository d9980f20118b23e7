/** What a run is given when it is started. */
export const parameters = { run: "run_id", answer: "answer", approver: "approver" } as const;

/** What an approval says, which stages behind it wait for. */
export const decision = { output: "decision", approved: "approved" } as const;

/** Name of the step that holds the stages behind an approval. */
export const gateTask = "if-approved";

/** Suffixes of the steps around the trials of a search. */
export const searchTasks = { draw: "-draw", trials: "-trials", choose: "-choose" } as const;
