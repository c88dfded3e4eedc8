/**
 * The output of `npm start -- --faults`: every target and every way in which it can fail, generated
 * from the schemas.
 */
import pc from "picocolors";
import { z } from "zod";
import { BEDROCK_REGIONS } from "../bedrock/hosts.ts";
import { SCHEMAS, VERTEX_LOCATIONS } from "../faults/targets.ts";
import { plainTable } from "./plain-table.ts";

/** The parts of JSON Schema that the faults use. */
interface Described {
  type?: string;
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  description?: string;
  properties?: Readonly<Record<string, Described>>;
  required?: readonly string[];
}

export interface FaultGroup {
  /** Targets that share the same faults. */
  targets: readonly string[];
  rows: readonly { mode: string; parameters: string; description: string }[];
}

/** Members of every fault, which the table leaves out. */
const COMMON = ["mode", "times"];
/** Column widths: mode, parameters, description. */
const WIDTHS = [28, 36, 52];

export function faultGroups(): FaultGroup[] {
  return [...new Set(Object.values(SCHEMAS))].map((schema) => ({
    targets: Object.entries(SCHEMAS).flatMap(([kind, of]) => (of === schema ? withLocations(kind) : [])),
    rows: schema.options.map((option) => {
      const { properties = {}, required = [], description = "" } = z.toJSONSchema(option, { io: "input" }) as Described;
      const parameters = Object.entries(properties)
        .filter(([name]) => !COMMON.includes(name))
        .map(([name, described]) => `${name}: ${formOf(described, required.includes(name))}`);
      return { mode: option.shape.mode.value, parameters: parameters.join("\n"), description };
    }),
  }));
}

export function faultTable(): string {
  const tables = faultGroups().flatMap(({ targets, rows }) => [
    pc.bold(targets.join(", ")),
    plainTable(
      rows.map(({ mode, parameters, description }) => [`  ${mode}`, parameters, description]),
      WIDTHS,
    ),
    "",
  ]);
  return [
    ...tables,
    `A <location> is one of ${VERTEX_LOCATIONS.join(", ")}.`,
    `A <region> is one of ${BEDROCK_REGIONS.join(", ")}. Bedrock is asked if it is set up (--set bedrock.region=us-east-1).`,
    "Every fault accepts times: the fault clears itself after that many uses.",
    "",
    `Set one:     curl -X PUT <local cloud>/faults/anthropic -d '{"mode":"cut","at":"character","times":1}'`,
    "List them:   curl <local cloud>/faults",
    "Clear them:  curl -X DELETE <local cloud>/faults",
    "",
    "After that Vertex may still answer for a while: the Worker's circuit breaker moves a target that kept",
    "failing to the end of the chain for breaker.openMs (default 30 s; --set breaker.openMs=1000) or its retry-after.",
    "x-failover-attempts then shows =open.",
  ].join("\n");
}

function withLocations(kind: string): string[] {
  const places: Readonly<Record<string, string>> = { vertex: "vertex/<location>", bedrock: "bedrock/<region>" };
  return [kind, ...(places[kind] ?? [])].flat();
}

function formOf({ type, enum: choices, default: preset, minimum, maximum }: Described, isRequired: boolean): string {
  const bounded = (bound: number | undefined) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const limits = [bounded(minimum) ? `from ${minimum}` : "", bounded(maximum) ? `to ${maximum}` : ""].filter(Boolean);
  const form = choices?.join(" | ") ?? (limits.join(" ") || (type === "string" ? "text" : String(type)));
  if (preset !== undefined) return `${form}, default ${preset}`;
  return isRequired ? form : `${form}, optional`;
}
