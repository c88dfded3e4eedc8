/**
 * Converts settings between Cloudflare's `snake_case` names and Pulumi's `camelCase` names, at
 * every depth. Use it only for settings. If the names are data, such as a policy's resources, they
 * must not change.
 */
import type { Inputs } from "../resources/resource-type.ts";

/** Names that do not follow the rule. Pulumi uses plurals for lists. */
const PULUMI_NAMES: Readonly<Record<string, string>> = {
  exclude: "excludes",
  include: "includes",
  // The only name in Cloudflare's API that is not snake_case.
  limitType: "limitType",
  otel: "otels",
  require: "requires",
  service_auth_401_redirect: "serviceAuth401Redirect",
};
/** Their members are named by the user: HTTP headers, and the metadata of a spend limit. */
const USER_NAMED: ReadonlySet<string> = new Set(["headers", "metadata"]);
const WIRE_NAMES = Object.fromEntries(Object.entries(PULUMI_NAMES).map(([wire, pulumi]) => [pulumi, wire]));

/** Leaves out `null`, which stands for a setting that is not given. */
export function camelCased(body: Inputs): Record<string, unknown> {
  return renamed(without(body, null), (name) => PULUMI_NAMES[name] ?? name.replaceAll(/_([a-z0-9])/g, upperCase));
}

/** Leaves out `undefined`. */
export function snakeCased(settings: object): Record<string, unknown> {
  return renamed(without(settings, undefined), (name) => WIRE_NAMES[name] ?? name.replaceAll(/[A-Z]/g, underscored));
}

const upperCase = (_: string, letter: string) => letter.toUpperCase();
const underscored = (letter: string, at: number) => (at === 0 ? letter : `_${letter.toLowerCase()}`);

function without(value: object, absent: null | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== absent));
}

function renamed(value: object, rename: (name: string) => string): Record<string, unknown> {
  const inside = (member: unknown): unknown => {
    if (Array.isArray(member)) return member.map(inside);
    return typeof member === "object" && member !== null ? renamed(member, rename) : member;
  };
  const members = Object.entries(value).map(([name, member]) => [
    rename(name),
    USER_NAMED.has(name) ? member : inside(member),
  ]);
  return Object.fromEntries(members);
}
