/** What the CLI's answers mean. With the real CLI: test/engine/doctor.test.ts. */
import { expect, it } from "vitest";
import type { PulumiCli } from "../stack/pulumi-cli.ts";
import { backend, cliVersion, encryptedSecrets, plugins, secretsProvider } from "./pulumi.ts";

/** A CLI that answers by the first words of its arguments. */
function cliThat(answers: Readonly<Record<string, unknown>>): PulumiCli {
  const run = async (args: readonly string[]) => {
    const known = Object.entries(answers).find(([words]) => args.join(" ").startsWith(words));
    if (!known) throw new Error(`nobody expects pulumi ${args.join(" ")}`);
    return typeof known[1] === "string" ? known[1] : JSON.stringify(known[1]);
  };
  return { run } as unknown as PulumiCli;
}

it.each([
  ["v3.259.0", "fine"],
  ["v3.260.1-alpha.2", "fine"],
  ["v4.0.0", "fine"],
  ["v3.258.9", "problem"],
  ["v2.999.0", "problem"],
])("compares the version %s with the required one: %s", async (version, verdict) => {
  expect((await cliVersion(cliThat({ version }))).findings).toMatchObject([{ verdict }]);
});

it("asks for plugins only where Pulumi may not download them", async () => {
  const cli = cliThat({ "plugin ls": [{ name: "random", kind: "resource", version: "4.21.2" }] });

  const free = await plugins(cli, {});
  const forbidden = await plugins(cli, { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" });

  expect(free.findings).toMatchObject([
    { verdict: "fine", text: expect.stringMatching(/^pulumi up downloads cloudflare/) },
  ]);
  expect(forbidden.findings).toMatchObject([{ verdict: "problem", text: expect.not.stringContaining("random") }]);
});

it("notes a state that is on one machine only", async () => {
  const whoami = (url: string) => cliThat({ whoami: { user: "me", url } });

  expect((await backend(whoami("file:///home/me"))).findings).toMatchObject([{ verdict: "note" }]);
  expect((await backend(whoami("gs://bucket"))).findings).toEqual([{ verdict: "fine", text: "gs://bucket, as me" }]);
});

it("names the KMS key that encrypts the secrets", async () => {
  const url = "gcpkms://projects/p/locations/us/keyRings/pulumi/cryptoKeys/k";
  const deployment = { secrets_providers: { type: "cloud", state: { url } } };

  const { findings } = await secretsProvider(cliThat({ "stack export": { deployment }, config: {} }), []);

  expect(findings).toEqual([{ verdict: "fine", text: url }]);
});

it("knows whether the Cloudflare token is configured, and how to replace it", async () => {
  const configured = cliThat({ config: { "cloudflare:apiToken": { secret: true } } });
  const exported = cliThat({ config: { "claude-failover:anthropicApiKey": { secret: true } } });
  const plain = cliThat({ config: { "cloudflare:apiToken": { secret: false } } });

  expect((await encryptedSecrets(configured, [])).usable?.value).toBe("pulumi config set --secret cloudflare:apiToken");
  expect((await encryptedSecrets(exported, [])).usable?.value).toMatch(/export CLOUDFLARE_API_TOKEN$/);
  expect((await encryptedSecrets(plain, [])).findings).toMatchObject([
    { verdict: "problem", cure: "pulumi config set --secret cloudflare:apiToken" },
  ]);
});
