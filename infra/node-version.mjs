/**
 * Checks whether this Node can run the project's TypeScript. The version must match `engines` of
 * package.json, and type stripping must be on. This file is plain JavaScript, because an older Node
 * must be able to run the check.
 */
import { readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/**
 * @returns {string | undefined} one line for the user, or undefined if this Node can run the
 * project
 */
export function nodeProblem(running = process.versions.node, stripsTypes = process.features.typescript) {
  if (!engines.node.split(" || ").some((range) => isWithin(running, range))) {
    return (
      `claude-failover needs Node ${engines.node}, and this is Node ${running}: run \`npm ci\` and ` +
      `\`PATH="$PWD/node_modules/.bin:$PATH"\` in the project, or install another Node.`
    );
  }
  if (!stripsTypes) {
    return (
      "claude-failover needs Node's type stripping, and an option has turned it off: " +
      "remove --no-experimental-strip-types or --no-strip-types from NODE_OPTIONS."
    );
  }
  return undefined;
}

/** @param range `^22.18` means 22.18 or later, but not 23; `>=24` means 24 or later */
function isWithin(running, range) {
  const [major, minor] = running.split(".").map(Number);
  const [fromMajor, fromMinor = 0] = range.replace(/^\D+/, "").split(".").map(Number);
  if (major === fromMajor) return minor >= fromMinor;
  return range.startsWith(">=") && major > fromMajor;
}
