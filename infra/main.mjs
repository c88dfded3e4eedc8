/**
 * Pulumi's entry point: one clear line on a Node that cannot run this TypeScript, then the program.
 */
import { nodeProblem } from "./node-version.mjs";

const problem = nodeProblem();
if (problem) {
  console.error(problem);
  // The exit status by which Pulumi's language host knows that the error is already told.
  process.exit(32);
}

const { default: program } = await import("./index.ts");
export default program;
