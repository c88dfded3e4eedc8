/**
 * Whether this Node can run the TypeScript here as it is: package.json's `engines` say which can,
 * and type stripping must not be turned off. Plain JavaScript, since an older Node must be able to
 * say so.
 */
import { readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** @returns {string | undefined} one line for the user, or undefined where this Node will do. */
export function nodeProblem(running = process.versions.node, stripsTypes = process.features.typescript) {
  if (!engines.node.split(" || ").some((range) => isWithin(running, range))) {
    return (
      `claude-failover needs Node ${engines.node}, this is ${running}: run \`npm ci\` and ` +
      `\`PATH="$PWD/node_modules/.bin:$PATH"\` in the project, or install another Node.`
    );
  }
  if (!stripsTypes) {
    return (
      "claude-failover is TypeScript that Node runs by stripping its types, which an option has turned off: " +
      "look for --no-experimental-strip-types or --no-strip-types in NODE_OPTIONS."
    );
  }
  return undefined;
}

/** @param range `^22.18`: that major version from there on; `>=24`: all from there on */
function isWithin(running, range) {
  const [major, minor] = running.split(".").map(Number);
  const [fromMajor, fromMinor = 0] = range.replace(/^\D+/, "").split(".").map(Number);
  if (major === fromMajor) return minor >= fromMinor;
  return range.startsWith(">=") && major > fromMajor;
}
