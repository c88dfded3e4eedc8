/**
 * The entry point of `npm start`. It prints one clear line on a Node version that cannot run this
 * TypeScript. Otherwise it cleans the environment and runs the command.
 */
import { nodeProblem } from "../../infra/node-version.mjs";

const problem = nodeProblem();
if (problem) {
  console.error(problem);
  process.exit(1);
}

const { forgetUsersVariables } = await import("./environment.ts");
forgetUsersVariables(process.env);
// Loaded after the environment is clean, because some of its modules read it while they load.
await import("./main.ts");
