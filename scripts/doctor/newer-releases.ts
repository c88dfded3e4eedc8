/**
 * Newer releases of the packages that a deployment uses. Nothing is wrong with a pinned version, so
 * this is a note at most, and a registry that does not answer is not worth a wait.
 */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { type Found, fine, note } from "./found.ts";
import { PROJECT_FOLDER, pinnedPackages } from "./machine.ts";

export const NPM_TIMEOUT_MS = 3_000;

const OUTDATED = z.record(z.string(), z.object({ current: z.string().optional(), latest: z.string() }));

export async function newerReleases(
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Found<undefined>> {
  const { dependencies } = await pinnedPackages();
  const printed = await npmOutdated(Object.keys(dependencies), environment, signal);
  if (typeof printed !== "string") return note(`not known, because npm ${printed.why}`);
  const found = OUTDATED.safeParse(parse(printed));
  if (!found.success) return note("not known, because the registry did not answer");
  const newer = Object.entries(found.data).flatMap(([name, { current = dependencies[name], latest }]) =>
    current === undefined || current === latest ? [] : [{ name, current, latest }],
  );
  if (newer.length === 0) return fine("the deployment's packages are the newest");
  const majors = newer.filter(({ current, latest }) => majorOf(current) !== majorOf(latest));
  const shown = (majors.length > 0 ? majors : newer).map(
    ({ name, current, latest }) => `${name} ${current} → ${latest}`,
  );
  return note(
    `${majors.length > 0 ? "a newer major" : "a newer release in the same major"}: ${shown.join(", ")}`,
    `npm install --save-exact ${newer.map(({ name, latest }) => `${name}@${latest}`).join(" ")} && npm run check`,
  );
}

/** npm exits with 1 when something is outdated, so only its output counts. */
async function npmOutdated(
  names: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string | { why: string }> {
  if (!environment.PATH) return { why: "is not on the PATH" };
  const child = spawn("npm", ["outdated", "--json", ...names], {
    cwd: PROJECT_FOLDER,
    env: { ...environment },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: NPM_TIMEOUT_MS,
    killSignal: "SIGKILL",
    signal,
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once("error", () => resolve("is not on the PATH"));
    child.once("close", (_status, killed) =>
      resolve(killed ? `did not answer within ${NPM_TIMEOUT_MS / 1_000} s` : undefined),
    );
  });
  const [printed, why] = await Promise.all([text(child.stdout), ended]);
  return why === undefined ? printed : { why };
}

function majorOf(version: string): string | undefined {
  return version.split(".")[0];
}

function parse(printed: string): unknown {
  try {
    return JSON.parse(printed || "{}");
  } catch {
    return undefined;
  }
}
