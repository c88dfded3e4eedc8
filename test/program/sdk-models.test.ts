/**
 * Holds the Worker's table of models against the installed SDK, so that raising the SDK names the
 * models that are missing and the ends that have changed.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { DEPRECATED, differencesFromSdk, MODEL_TYPE, readSdkModels } from "../support/sdk-models.ts";

const SDK = join(import.meta.dirname, "../../node_modules/@anthropic-ai/sdk");

/** A copy of the SDK's two files, in which a text is replaced by another one. */
function doctored(changes: readonly { file: string; from: string; to: string }[]): string {
  const folder = mkdtempSync(join(tmpdir(), "claude-failover-sdk-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const file of [MODEL_TYPE, DEPRECATED]) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(SDK, file), join(folder, file));
  }
  for (const { file, from, to } of changes) {
    const text = readFileSync(join(folder, file), "utf8");
    expect(text).toContain(from);
    writeFileSync(join(folder, file), text.replace(from, to));
  }
  return folder;
}

it("the Worker's table has every model and every last day of the installed SDK", () => {
  expect(differencesFromSdk(readSdkModels(SDK))).toEqual([]);
});

it("an SDK with one more model and one more deprecation is refused with both names", () => {
  const newer = doctored([
    { file: MODEL_TYPE, from: "export type Model =", to: "export type Model = 'claude-sonnet-6' |" },
    {
      file: DEPRECATED,
      from: "DEPRECATED_MODELS = {",
      to: "DEPRECATED_MODELS = {\n    'claude-sonnet-4-6': 'February 1st, 2027',",
    },
  ]);

  expect(differencesFromSdk(readSdkModels(newer))).toEqual([
    "claude-sonnet-6: not in worker/models.ts",
    "claude-sonnet-4-6: ends on 2027-02-01, in worker/models.ts never",
  ]);
});

it("an SDK with another last day, or without a model, is refused with the name", () => {
  const changed = doctored([
    { file: DEPRECATED, from: "June 30th, 2026", to: "July 2nd, 2026" },
    { file: MODEL_TYPE, from: "'claude-opus-4-7' | ", to: "" },
  ]);

  expect(differencesFromSdk(readSdkModels(changed))).toEqual([
    "claude-mythos-preview: ends on 2026-07-02, in worker/models.ts 2026-06-30",
    "claude-opus-4-7: no longer in the SDK, and without a last day in worker/models.ts",
  ]);
});

it.each([
  [MODEL_TYPE, "export type Model =", "type Models ="],
  [DEPRECATED, "DEPRECATED_MODELS = {", "DEPRECATED = {"],
])("an SDK that keeps a list elsewhere than in %s is refused", (file, from, to) => {
  const moved = doctored([{ file, from, to }]);

  expect(() => readSdkModels(moved)).toThrow(file);
});
