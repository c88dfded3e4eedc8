/**
 * Decides which of the user's environment variables `npm start` keeps: only those that say where
 * things are and how the terminal shows text. The demo must be the same on every machine, and the
 * libraries read many other variables. For example, `http_proxy` sends Pulumi's loopback gRPC to a
 * proxy, `ANTHROPIC_CUSTOM_HEADERS` can replace the API key, and `MINIFLARE_WORKERD_PATH` selects
 * another workerd.
 */

/** In capitals, because names are case-insensitive on Windows. */
const KEPT: ReadonlySet<string> = new Set([
  ...["PATH", "PATHEXT", "HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"],
  ...["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC"],
  ...["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"],
  ...["TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "CI", "LANG", "LC_ALL", "LC_CTYPE"],
  // Set by npm. `ending.ts` reads it.
  "NPM_LIFECYCLE_EVENT",
]);

/** Deletes every variable that is not kept. Node has read its own variables (`NODE_*`) before. */
export function forgetUsersVariables(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) if (!KEPT.has(name.toUpperCase())) delete environment[name];
}

/**
 * Deletes only the variables that configure HTTP, gRPC or Anthropic clients. For the tests, which
 * need the other variables.
 */
export function forgetClientsVariables(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) if (/^ANTHROPIC_|_PROXY$/i.test(name)) delete environment[name];
}
