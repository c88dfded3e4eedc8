import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { bundleSize, room } from "./cloudflare-account.ts";
import { installedPackages, node } from "./machine.ts";
import { newerReleases } from "./newer-releases.ts";

const MB = 1024 * 1024;

it("is content with the Node that runs it", () => {
  expect(node().findings).toMatchObject([{ verdict: "fine", text: `Node ${process.versions.node}` }]);
});

it("names packages that are missing or of another version than the pinned one", async () => {
  const folder = scratchFolder();
  const pinned = {
    dependencies: { right: "1.0.0", older: "2.0.0", ranged: "^1.0.0" },
    devDependencies: { gone: "3.0.0" },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(pinned));
  for (const [name, version] of Object.entries({ right: "1.0.0", older: "1.9.0" })) {
    mkdirSync(join(folder, "node_modules", name), { recursive: true });
    writeFileSync(join(folder, "node_modules", name, "package.json"), JSON.stringify({ version }));
  }

  const { findings } = await installedPackages(folder);

  expect(findings).toEqual([
    {
      verdict: "problem",
      text: "not as package.json pins them: gone missing instead of 3.0.0, older 1.9.0 instead of 2.0.0",
      cure: "npm ci",
    },
  ]);
});

it.each([
  ["fine", 23_000, /^23 KB compressed/],
  ["note", 4 * MB, /needs the paid plan$/],
  ["problem", 11 * MB, /Cloudflare refuses this Worker$/],
])("a bundle's size is %s with %i bytes", (verdict, bytes, text) => {
  expect(bundleSize(bytes, "").findings).toMatchObject([{ verdict, text: expect.stringMatching(text) }]);
});

it("a stack that has its gateway needs no more room, and a new one may need the paid plan", () => {
  const ids = Array.from({ length: 20 }, (_, index) => `gateway-${index}`);

  expect(room("gateways", ids, "gateway-3").findings).toMatchObject([{ verdict: "fine" }]);
  expect(room("gateways", ids.slice(0, 12), "new").findings).toMatchObject([{ verdict: "note" }]);
});

it.each<[string, string, { verdict: string; text: string; cure?: string }]>([
  ["nothing is newer", "echo {}", { verdict: "fine", text: "the deployment's packages are the newest" }],
  [
    "a major is newer",
    `echo '{"zod":{"current":"4.6.7","latest":"5.0.1"},"jose":{"current":"6.2.17","latest":"6.3.0"}}'; exit 1`,
    {
      verdict: "note",
      text: "a newer major: zod 4.6.7 → 5.0.1",
      cure: "npm install --save-exact zod@5.0.1 jose@6.3.0 && npm run check",
    },
  ],
  [
    "only a release is newer",
    `echo '{"jose":{"current":"6.2.17","latest":"6.3.0"}}'; exit 1`,
    {
      verdict: "note",
      text: "a newer release in the same major: jose 6.2.17 → 6.3.0",
      cure: "npm install --save-exact jose@6.3.0 && npm run check",
    },
  ],
  [
    "the registry does not answer",
    `echo '{"error":{"code":"ENOTFOUND"}}'; exit 1`,
    { verdict: "note", text: "not known, because the registry did not answer" },
  ],
])("says of newer releases what npm says: %s", async (_what, script, expected) => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "npm"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

  const { findings } = await newerReleases({ PATH: `${folder}:/usr/bin:/bin` }, new AbortController().signal);

  expect(findings).toEqual([expected]);
});

it("does without npm", async () => {
  const { findings } = await newerReleases({ PATH: scratchFolder() }, new AbortController().signal);

  expect(findings).toEqual([{ verdict: "note", text: "not known, because npm is not on the PATH" }]);
});

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "claude-failover-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
