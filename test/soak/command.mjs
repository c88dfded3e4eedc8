/**
 * The start of `npm run soak`. A Node that cannot run TypeScript gets one clear line. Otherwise it
 * starts the command without the user's settings for proxies and SDKs.
 */
import { nodeProblem } from "../../infra/node-version.mjs";

const problem = nodeProblem();
if (problem) {
  console.error(problem);
  process.exit(1);
}

const { forgetUsersVariables } = await import("../../local/cli/environment.ts");
forgetUsersVariables(process.env);
// Imported here, because some of its modules read the environment while they are loaded.
await import("./command.ts");
