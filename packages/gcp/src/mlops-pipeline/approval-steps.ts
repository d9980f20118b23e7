import { assign, authenticated, ex, retried, type Step, when } from "./steps";

/** What the log says when a person has to answer; alerts look for it. */
export const question = "A model waits for a person to let it through";

/** https://cloud.google.com/workflows/docs/audit-logging-workflow-executions */
export const answerMethod = "google.cloud.workflows.executions.v1.Events.SendHttpCallback";

/** The audit log has an entry within seconds as a rule; ten minutes are the most that is waited. */
const entryLooks = { seconds: 15, most: 40 };

/**
 * Asks, and takes the first answer. Who may send one decides IAM; who has sent it says the audit log, and an answer whose sender
 * is not found in it, or is no person, counts as none.
 */
export function personSteps({ hours, view }: { hours: number; view: string }): Step[] {
  return [
    assign("nobody_yet", { answer: "unanswered", approver: "", sender: "", entries: [], reply: null }),
    {
      open_question: {
        call: "events.create_callback_endpoint",
        args: { http_callback_method: "POST" },
        result: "callback",
      },
    },
    {
      ask: {
        call: "sys.log",
        args: { severity: "NOTICE", json: { message: question, run: ex("run"), url: ex("callback.url"), hours } },
      },
    },
    {
      await_answer: {
        try: {
          call: "events.await_callback",
          args: { callback: ex("callback"), timeout: hours * 3600 },
          result: "reply",
        },
        except: {
          as: "e",
          steps: [when("is_fault", ex('not("TimeoutError" in e.tags)'), [{ fault: { raise: ex("e") } }])],
        },
      },
    },
    when("on_answer", ex("reply != null"), [
      {
        find_sender: {
          for: {
            value: "attempt",
            range: [1, entryLooks.most],
            steps: [
              lookForEntry(view),
              assign("read_entries", { entries: ex('default(map.get(found.body, "entries"), entries)') }),
              { is_found: { switch: [{ condition: ex("len(entries) > 0"), next: "break" }] } },
              { wait_for_entry: { call: "sys.sleep", args: { seconds: entryLooks.seconds } } },
            ],
          },
        },
      },
      when("on_sender", ex("len(entries) > 0"), [
        assign("read_sender", { sender: ex("entries[0].protoPayload.authenticationInfo.principalEmail") }),
      ]),
      when("on_person", ex('sender != "" and not(text.match_regex(sender, "gserviceaccount[.]com$"))'), [
        assign("read_answer", {
          answer: ex('default(map.get(reply.http_request.body, "answer"), "unanswered")'),
          approver: ex("sender"),
        }),
      ]),
    ]),
    {
      answered: {
        call: "sys.log",
        args: { severity: "NOTICE", json: { run: ex("run"), answer: ex("answer"), approver: ex("approver") } },
      },
    },
  ];
}

/** Asks the view of the log that holds answers, and nothing else, for the first one to this run. */
function lookForEntry(view: string): Step {
  const execution = 'sys.get_env("GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID")';
  return {
    list_entries: {
      try: {
        call: "http.post",
        args: {
          url: "https://logging.googleapis.com/v2/entries:list",
          body: {
            resourceNames: [view],
            // Wherever the entry names the execution.
            filter: ex(`"protoPayload.methodName=\\"${answerMethod}\\" AND \\"" + ${execution} + "\\""`),
            orderBy: "timestamp asc",
            pageSize: 1,
          },
          ...authenticated,
        },
        result: "found",
      },
      retry: retried,
    },
  };
}
