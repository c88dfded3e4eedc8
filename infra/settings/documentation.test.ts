import { join } from "node:path";
import { expect, it } from "vitest";
import { configurationDocument } from "./documentation.ts";
import { SETTINGS } from "./index.ts";

const ROOT = join(import.meta.dirname, "../..");

/** To write the page again, run `npx vitest run infra -u`. */
it("docs/configuration.md matches the schema", async () => {
  await expect(configurationDocument()).toMatchFileSnapshot(join(ROOT, "docs/configuration.md"));
});

it.each(Object.entries(SETTINGS.shape))("%s has a description", (_name, setting) => {
  expect(setting.description).toMatch(/\w/);
});
