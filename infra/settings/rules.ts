/** Rules between settings: combinations that are wrong although each setting matches the schema. */
import { closest } from "fastest-levenshtein";
import { MAX_BINDING_BYTES } from "../worker/binding-size.ts";
import { optionsBytes, WORKER_SETTINGS } from "../worker/bindings.ts";
import { CHAIN_RULE } from "./chain.ts";
import { clientFaults } from "./client-rules.ts";
import type { Repair } from "./faults.ts";
import { LOCATION_RULES } from "./location-rules.ts";
import { faultIf, type Rule } from "./rule.ts";

const set = <Value>(value: Value): Repair => ({ kind: "set", change: () => value });

export const RULES: readonly Rule[] = [
  ...LOCATION_RULES,
  CHAIN_RULE,
  {
    reads: ["bedrock", "bedrockApiKey"],
    faults: ({ bedrock, bedrockApiKey }) =>
      faultIf(bedrock !== undefined && !bedrockApiKey, "bedrockApiKey", "bedrock needs an API key of Bedrock", {
        kind: "ask",
      }),
  },
  {
    reads: ["bedrockApiKey", "bedrockApiKeyPrevious"],
    faults: ({ bedrockApiKey, bedrockApiKeyPrevious }) =>
      faultIf(
        bedrockApiKeyPrevious !== undefined && !bedrockApiKey,
        "bedrockApiKey",
        "bedrockApiKeyPrevious is set without bedrockApiKey",
        { kind: "ask" },
      ),
  },
  {
    reads: ["timeouts"],
    faults({ timeouts: { firstByteMs, chainMs } }) {
      if (firstByteMs < chainMs) return [];
      const problem =
        `${firstByteMs} leaves no time for a second target, because all targets together have ` +
        `${chainMs} (timeouts.chainMs)`;
      const change = (given: unknown) => ({ ...(given as object), firstByteMs: Math.ceil(chainMs / 2) });
      return [{ key: "timeouts", where: "timeouts.firstByteMs", problem, repair: { kind: "set", change } }];
    },
  },
  {
    reads: ["googleImpersonation", "googleAuth"],
    faults: ({ googleImpersonation, googleAuth }) =>
      faultIf(
        googleImpersonation && googleAuth !== "workloadIdentity",
        "googleAuth",
        "googleImpersonation needs workloadIdentity",
        set("workloadIdentity"),
      ),
  },
  {
    reads: ["gatewayToken", "gatewayTokenPrevious"],
    faults: ({ gatewayToken, gatewayTokenPrevious }) =>
      faultIf(
        gatewayTokenPrevious !== undefined && !gatewayToken,
        "gatewayToken",
        "gatewayTokenPrevious is set without gatewayToken",
        { kind: "ask" },
      ),
  },
  {
    reads: ["gatewayToken", "rotation"],
    faults: ({ gatewayToken, rotation }) =>
      faultIf(
        gatewayToken !== undefined && rotation.gatewayToken.epoch > 1,
        "rotation",
        "rotation.gatewayToken rotates only a token that the stack mints, and this stack has a given gatewayToken " +
          "(to rotate a given token, set gatewayTokenPrevious)",
        { kind: "set", change: (given) => ({ ...(given as object), gatewayToken: undefined }) },
      ),
  },
  {
    reads: ["otel", "otelAuthorization"],
    faults: ({ otel, otelAuthorization }) =>
      faultIf(
        otelAuthorization !== undefined && !otel,
        "otel",
        "otelAuthorization is set without otel",
        set({ url: "https://otel.example.com/v1/traces" }),
      ),
  },
  {
    reads: ["spendLimits", "clients"],
    faults({ spendLimits, clients }) {
      const names = clients.map(({ name }) => name);
      return spendLimits.flatMap(({ client }, index) => {
        if (client === undefined || names.includes(client)) return [];
        const nearest = closest(client, names);
        return {
          key: "spendLimits",
          where: `spendLimits[${index}].client`,
          problem: `${client} is not one of clients`,
          repair: {
            kind: "set",
            change: (all) =>
              (all as { client?: string }[]).map((limit) =>
                limit.client === client ? { ...limit, client: nearest } : limit,
              ),
          },
        };
      });
    },
  },
  { reads: ["clients", "bedrock"], faults: clientFaults },
  {
    reads: WORKER_SETTINGS,
    faults(settings) {
      const bytes = optionsBytes(settings);
      return faultIf(
        bytes > MAX_BINDING_BYTES,
        "models",
        `models, corsOrigins and the limits together need ${bytes} bytes, but a Worker's variable holds only ` +
          `${MAX_BINDING_BYTES}`,
        { kind: "edit", how: "remove models or origins" },
      );
    },
  },
];
