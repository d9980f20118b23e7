import { run } from "./cli";
import { processIo } from "./io";

// A reader that closes early (`aistack plan | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// The exit code is set instead of calling exit(), so that everything written still reaches a slow pipe.
run(process.argv.slice(2), processIo()).then((code) => {
  process.exitCode = code;
});
