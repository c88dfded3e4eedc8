/**
 * What the demonstration takes from its user's environment: where things are on this machine and how a terminal shows text.
 * The story must be the same everywhere, and the libraries used here read many other variables: `http_proxy` sends Pulumi's
 * gRPC on loopback to a proxy, `ANTHROPIC_CUSTOM_HEADERS` replaces the SDK's API key, `MINIFLARE_WORKERD_PATH` another
 * workerd. So this lists what is kept, and everything else is forgotten.
 */

/** In capitals: Windows does not tell `Path` from `PATH`. */
const KEPT: ReadonlySet<string> = new Set([
  ...["PATH", "PATHEXT", "HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"],
  ...["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC"],
  ...["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"],
  ...["TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "CI", "LANG", "LC_ALL", "LC_CTYPE"],
  // Says that npm has started this process: `ending.ts`.
  "NPM_LIFECYCLE_EVENT",
]);

/** Deletes from `environment` every variable that is not kept. Node has read its own ones (`NODE_*`) before. */
export function forgetUsersVariables(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) if (!KEPT.has(name.toUpperCase())) delete environment[name];
}

/**
 * Deletes those alone that change what an HTTP, gRPC or Anthropic client does: for the tests, which need others of their
 * caller's variables.
 */
export function forgetClientsVariables(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) if (/^ANTHROPIC_|_PROXY$/i.test(name)) delete environment[name];
}
