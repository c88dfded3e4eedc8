import { join } from "node:path";
import { expect, it } from "vitest";
import { configurationDocument } from "./documentation.ts";
import { SETTINGS } from "./index.ts";

const ROOT = join(import.meta.dirname, "../..");

/** In CI a difference fails; `npx vitest run infra -u` writes it. */
it("docs/configuration.md is what the schema says", async () => {
  await expect(configurationDocument()).toMatchFileSnapshot(join(ROOT, "docs/configuration.md"));
});

it.each(Object.entries(SETTINGS.shape))("%s has a description", (_name, setting) => {
  expect(setting.description).toMatch(/\w/);
});
