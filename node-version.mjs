/** Which Node can run the TypeScript here as it is. Plain JavaScript, since an older Node must be able to say so. */
import { readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const required = engines.node.replace(/^>=/, "");

/** @returns {string | undefined} one line for the user, or undefined where this Node is new enough. */
export function nodeTooOld(running = process.versions.node) {
  const [major, minor] = running.split(".").map(Number);
  const [requiredMajor, requiredMinor] = required.split(".").map(Number);
  if (major > requiredMajor || (major === requiredMajor && minor >= requiredMinor)) return undefined;
  return `claude-failover needs Node ${required} or newer, this is ${running}: run \`npm ci\` and \`PATH="$PWD/node_modules/.bin:$PATH"\` in the project, or install a newer Node.`;
}
