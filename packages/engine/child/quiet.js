/**
 * Turns off what the SDK does for debugging only, and what makes up half of a plan's time and memory: debug messages (each
 * one a call to the engine that holds up the end of the run), and the stack traces of every promise and resource.
 *
 * `isQuiet` is asked at each call, because one process may hold plans that want them and programs that are none. With
 * `leaks` promises are still followed until they settle: a program in a process of its own is told on exit of those that
 * never did. A plan in a process that lives on has its time limit instead.
 */

/** What the SDK sends as a resource's position in the source; a plan does not show it. */
const POSITIONS = { sourcePosition: undefined, stackTrace: [] };

exports.quiet = ({ log, debuggable, Resource }, isQuiet, { leaks }) => {
  const { debug } = log;
  log.debug = (...message) => (isQuiet() ? Promise.resolve() : debug(...message));

  const { debuggablePromise } = debuggable;
  debuggable.debuggablePromise = (promise, context) => {
    if (!isQuiet()) return debuggablePromise(promise, context);
    if (!leaks) return promise;
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };

  for (const [name, nothing] of Object.entries(POSITIONS)) {
    const position = Resource[name];
    // Not in every supported SDK.
    if (position === undefined) continue;
    Resource[name] = (...skip) => (isQuiet() ? nothing : position.apply(Resource, skip));
  }
};
