/** `npm run interop:run`: scenarios played between clients that are served somewhere. */
import { connect } from "./interface/grpc.ts";
import { runMain } from "./runner/run-main.ts";

process.exitCode = await runMain(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  connect,
});
