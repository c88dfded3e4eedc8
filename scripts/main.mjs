/**
 * The entry point of the operators' commands. It prints one clear line on a Node version that
 * cannot run this TypeScript.
 */
import { nodeProblem } from "../infra/node-version.mjs";

const problem = nodeProblem();
if (problem) {
  console.error(problem);
  process.exit(1);
}
await import("./main.ts");
