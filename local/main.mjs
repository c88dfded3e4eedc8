/** `npm start`: one clear line on a Node that cannot run TypeScript, then the command. */
import { nodeTooOld } from "../node-version.mjs";

const problem = nodeTooOld();
if (problem) {
  console.error(problem);
  process.exit(1);
}

await import("./main.ts");
