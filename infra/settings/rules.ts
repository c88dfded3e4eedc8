/** What can be wrong between settings, each of which is right by itself; and what is allowed but costs something. */
import { findModel, MODELS } from "../../worker/models.ts";
import { bindingBytes, MAX_BINDING_BYTES } from "../binding-size.ts";
import type { Settings } from "./index.ts";

export interface Rule {
  /** The setting that the cure is about. */
  key: keyof Settings;
  /** One text a fault. */
  faults(settings: Settings): readonly string[];
}

const when = (isBroken: boolean, problem: string): string[] => (isBroken ? [problem] : []);

export const RULES: readonly Rule[] = [
  {
    // A failover must not move data across a border by itself.
    key: "vertexLocations",
    faults: ({ vertexLocations, allowedLocations }) =>
      vertexLocations
        .filter((used) => allowedLocations?.includes(used) === false)
        .map((used) => `${used} is not one of allowedLocations`),
  },
  {
    key: "force",
    faults: ({ force, vertexLocations }) => {
      const location = force?.split("/")[1];
      const isUnknown = location !== undefined && !vertexLocations.includes(location);
      return when(isUnknown, `${location} is not one of vertexLocations`);
    },
  },
  {
    key: "domain",
    faults: ({ access, domain }) =>
      when(access !== undefined && !domain, "access stands in front of a domain, and there is none"),
  },
  {
    key: "googleAuth",
    faults: ({ googleImpersonation, googleAuth }) =>
      when(googleImpersonation && googleAuth !== "workloadIdentity", "googleImpersonation goes with workloadIdentity"),
  },
  {
    key: "gatewayToken",
    faults: ({ gatewayToken, gatewayTokenPrevious }) =>
      when(gatewayTokenPrevious !== undefined && !gatewayToken, "gatewayTokenPrevious is there without gatewayToken"),
  },
  {
    key: "gatewayTokenPrevious",
    faults: ({ gatewayToken, rotation }) =>
      when(
        gatewayToken !== undefined && rotation.gatewayToken.epoch > 1,
        "gatewayToken is given, so rotation.gatewayToken changes nothing: it is rotated by its second slot",
      ),
  },
  {
    key: "otel",
    faults: ({ otel, otelAuthorization }) =>
      when(otelAuthorization !== undefined && !otel, "otelAuthorization is there without otel"),
  },
  {
    key: "spendLimits",
    faults: ({ spendLimits, clients }) =>
      spendLimits
        .flatMap(({ client }) => client ?? [])
        .filter((spender) => !clients.some(({ name }) => name === spender))
        .map((spender) => `${spender} is not one of clients`),
  },
  {
    key: "clients",
    faults: (settings) => {
      const { CLIENTS } = bindingBytes(settings);
      return when(CLIENTS > MAX_BINDING_BYTES, tooLarge(`the ${settings.clients.length} clients need`, CLIENTS));
    },
  },
  {
    key: "models",
    faults: (settings) => {
      const { OPTIONS } = bindingBytes(settings);
      return when(OPTIONS > MAX_BINDING_BYTES, tooLarge("models, corsOrigins and the limits together need", OPTIONS));
    },
  },
];

/** Models of the table that no configured location serves, though Google does: their requests end with Anthropic. */
export function modelsWithoutFailover({
  vertexLocations,
  models,
}: Pick<Settings, "vertexLocations" | "models">): string[] {
  return [...new Set([...MODELS.map(({ id }) => id), ...Object.keys(models)])].filter((id) => {
    const model = findModel(id, models);
    return model?.vertexId && !model.locations.some((location) => vertexLocations.includes(location));
  });
}

function tooLarge(what: string, bytes: number): string {
  return `${what} ${bytes} bytes of the ${MAX_BINDING_BYTES} that a Worker's variable holds`;
}
