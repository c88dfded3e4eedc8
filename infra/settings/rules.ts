/** What can be wrong between settings, each of which is right by itself. */
import { closest } from "fastest-levenshtein";
import { MODELS } from "../../worker/models.ts";
import { bindingBytes, MAX_BINDING_BYTES } from "../worker/binding-size.ts";
import { clientFaults } from "./client-rules.ts";
import type { Fault, Repair } from "./faults.ts";
import type { Settings } from "./index.ts";

type Key = keyof Settings;

export interface Rule {
  /** The rule is left out where one of these is wrong by itself. */
  reads: readonly Key[];
  faults(settings: Settings): readonly Fault[];
}

const remove: Repair = { kind: "remove" };
const set = <Value>(value: Value): Repair => ({ kind: "set", change: () => value });

function faultIf(isBroken: boolean, key: Key, problem: string, repair: Repair): Fault[] {
  return isBroken ? [{ key, where: key, problem, repair }] : [];
}

export const RULES: readonly Rule[] = [
  {
    // A location that no model is served in would never be asked, without a word.
    reads: ["vertexLocations", "models"],
    faults({ vertexLocations, models }) {
      const known = knownLocations(models);
      return vertexLocations.flatMap((location, index) => {
        if (known.includes(location)) return [];
        const nearest = closest(location, known);
        return {
          key: "vertexLocations",
          where: `vertexLocations[${index}]`,
          problem: `no model is known to be served in ${location} (the nearest known location is ${nearest}; a model that is served elsewhere goes into models)`,
          repair: {
            kind: "set",
            change: (all) => unique((all as string[]).map((one) => (one === location ? nearest : one))),
          },
        };
      });
    },
  },
  {
    reads: ["vertexLocations"],
    faults: ({ vertexLocations }) =>
      repeated(vertexLocations).map((location) => ({
        key: "vertexLocations",
        where: "vertexLocations",
        problem: `${location} is named twice`,
        repair: { kind: "set", change: (all) => unique(all as string[]) },
      })),
  },
  {
    // A failover must not move data across a border by itself.
    reads: ["vertexLocations", "allowedLocations"],
    faults: ({ vertexLocations, allowedLocations }) =>
      vertexLocations
        .filter((used) => allowedLocations?.includes(used) === false)
        .map((used) => ({
          key: "vertexLocations",
          where: "vertexLocations",
          problem: `${used} is not one of allowedLocations`,
          repair: { kind: "set", change: () => allowed(vertexLocations, allowedLocations ?? []) },
        })),
  },
  {
    reads: ["force", "vertexLocations"],
    faults({ force, vertexLocations }) {
      const location = force?.split("/")[1];
      const isUnknown = location !== undefined && !vertexLocations.includes(location);
      return faultIf(isUnknown, "force", `${location} is not one of vertexLocations`, remove);
    },
  },
  {
    reads: ["timeouts"],
    faults: ({ timeouts: { firstByteMs, chainMs } }) => [
      ...(firstByteMs < chainMs
        ? []
        : [
            {
              key: "timeouts",
              where: "timeouts.firstByteMs",
              problem: `${firstByteMs} leaves no time for a second target, since all targets together have ${chainMs} (timeouts.chainMs)`,
              repair: {
                kind: "set" as const,
                change: (given: unknown) => ({ ...(given as object), firstByteMs: Math.ceil(chainMs / 2) }),
              },
            },
          ]),
    ],
  },
  {
    reads: ["access", "domain"],
    faults: ({ access, domain }) =>
      faultIf(
        access !== undefined && !domain,
        "domain",
        "access guards a domain, and there is none",
        set({ hostname: "claude.example.com", zoneId: "ZONE_ID" }),
      ),
  },
  {
    reads: ["access", "domain", "workersDev"],
    faults: ({ access, domain, workersDev }) =>
      faultIf(
        access !== undefined && domain !== undefined && workersDev === "keep",
        "workersDev",
        "access guards the domain only, so workers.dev would stay open beside it",
        remove,
      ),
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
        "rotation.gatewayToken rotates a token that the stack mints, and gatewayToken is given: it is rotated by gatewayTokenPrevious",
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
  { reads: ["clients"], faults: ({ clients }) => clientFaults(clients) },
  {
    reads: ["routing", "force", "logPayloads", "timeouts", "breaker", "corsOrigins", "models"],
    faults(settings) {
      const { OPTIONS } = bindingBytes(settings);
      return faultIf(
        OPTIONS > MAX_BINDING_BYTES,
        "models",
        tooLarge("models, corsOrigins and the limits together need", OPTIONS),
        { kind: "edit", how: "take models or origins out" },
      );
    },
  },
];

/** Locations of the Worker's table and of `models`. */
function knownLocations(models: Settings["models"]): string[] {
  return unique([...MODELS, ...Object.values(models)].flatMap(({ locations }) => locations));
}

function allowed(used: readonly string[], all: readonly string[]): readonly string[] {
  const left = used.filter((location) => all.includes(location));
  return left.length > 0 ? left : all;
}

function unique<Item>(items: readonly Item[]): Item[] {
  return [...new Set(items)];
}

function repeated(names: readonly string[]): string[] {
  return unique(names.filter((name, index) => names.indexOf(name) !== index));
}

function tooLarge(what: string, bytes: number): string {
  return `${what} ${bytes} bytes of the ${MAX_BINDING_BYTES} that a Worker's variable holds`;
}
