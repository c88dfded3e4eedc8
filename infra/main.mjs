/**
 * Pulumi's entry point. If this Node cannot run TypeScript, it prints one line that says so.
 * Otherwise it loads the program.
 */
import { nodeProblem } from "./node-version.mjs";

const problem = nodeProblem();
if (problem) {
  console.error(problem);
  // This exit status tells Pulumi's language host that the error is already printed.
  process.exit(32);
}

const { default: program } = await import("./index.ts");
export default program;
