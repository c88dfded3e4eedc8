/** What this machine needs: Node, and the packages that the lock file pins. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { nodeProblem } from "../../infra/node-version.mjs";
import { type Found, fine, problem } from "./found.ts";

export const PROJECT_FOLDER = join(import.meta.dirname, "../..");

const VERSIONS = z.record(z.string(), z.string());
const PACKAGE = z.object({ dependencies: VERSIONS.default({}), devDependencies: VERSIONS.default({}) });
const INSTALLED = z.object({ version: z.string() });

export function node(): Found<undefined> {
  const wrong = nodeProblem();
  return wrong === undefined ? fine(`Node ${process.versions.node}`) : problem(wrong, "npm ci");
}

/** The bundle that this clone makes depends on them, so a deployment from old packages differs. */
export async function installedPackages(folder = PROJECT_FOLDER): Promise<Found<undefined>> {
  const { dependencies, devDependencies } = await pinnedPackages(folder);
  const pinned = Object.entries({ ...devDependencies, ...dependencies }).filter(([, range]) => /^\d/.test(range));
  const others = await Promise.all(
    pinned.map(async ([name, version]) => {
      const installed = await installedVersion(folder, name);
      return installed === version ? [] : [`${name} ${installed ?? "missing"} instead of ${version}`];
    }),
  );
  const wrong = others.flat();
  if (wrong.length === 0) return fine(`all ${pinned.length} as package.json pins them`);
  return problem(`not as package.json pins them: ${wrong.join(", ")}`, "npm ci");
}

export async function pinnedPackages(folder = PROJECT_FOLDER): Promise<z.infer<typeof PACKAGE>> {
  return PACKAGE.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
}

async function installedVersion(folder: string, name: string): Promise<string | undefined> {
  const text = await readFile(join(folder, "node_modules", name, "package.json"), "utf8").catch(() => undefined);
  return text === undefined ? undefined : INSTALLED.safeParse(JSON.parse(text)).data?.version;
}
