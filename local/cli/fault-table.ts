/**
 * What `npm start -- --faults` prints: every target, every way in which it can fail, written by the
 * schemas themselves.
 */
import pc from "picocolors";
import { z } from "zod";
import { SCHEMAS, VERTEX_LOCATIONS } from "../faults/targets.ts";
import { plainTable } from "./plain-table.ts";

/** JSON Schema, as far as the faults use it. */
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
  /** Targets that can fail in the same ways. */
  targets: readonly string[];
  rows: readonly { mode: string; parameters: string; description: string }[];
}

/** Members that every fault has. */
const COMMON = ["mode", "times"];
/** Of mode, parameters and description. */
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
    "Every fault takes times: after so many uses it clears itself.",
    "",
    `Set one:     curl -X PUT <local cloud>/faults/anthropic -d '{"mode":"cut","at":"character","times":1}'`,
    "See them:    curl <local cloud>/faults",
    "Clear them:  curl -X DELETE <local cloud>/faults",
    "",
    "After that Vertex may still answer for a while: the Worker's circuit breaker asks a target that kept failing last for",
    "breaker.openMs (30 s by default; --set breaker.openMs=1000) or its retry-after. x-failover-attempts then say =open.",
  ].join("\n");
}

function withLocations(kind: string): string[] {
  return kind === "vertex" ? [kind, "vertex/<location>"] : [kind];
}

function formOf({ type, enum: choices, default: preset, minimum, maximum }: Described, isRequired: boolean): string {
  const bounded = (bound: number | undefined) => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const limits = [bounded(minimum) ? `from ${minimum}` : "", bounded(maximum) ? `to ${maximum}` : ""].filter(Boolean);
  const form = choices?.join(" | ") ?? (limits.join(" ") || (type === "string" ? "text" : String(type)));
  if (preset !== undefined) return `${form}, default ${preset}`;
  return isRequired ? form : `${form}, optional`;
}
