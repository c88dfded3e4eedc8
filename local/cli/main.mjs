/** `npm start`: one clear line on a Node that cannot run this TypeScript, then the command, in an environment of its own. */
import { nodeProblem } from "../../infra/node-version.mjs";

const problem = nodeProblem();
if (problem) {
  console.error(problem);
  process.exit(1);
}

const { forgetUsersVariables } = await import("./environment.ts");
forgetUsersVariables(process.env);
// Only now: some of its modules read the environment while they are loaded.
await import("./main.ts");
