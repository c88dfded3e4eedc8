/**
 * Cloudflare's bodies have `snake_case` names; the state has the same things by Pulumi's `camelCase` names, at every depth. Only
 * for settings: where the names are data, such as a policy's resources, nothing may be renamed.
 */
import type { Inputs } from "../resources/resource-type.ts";

/** Names that no rule makes of each other; Pulumi calls lists by the plural. */
const PULUMI_NAMES: Readonly<Record<string, string>> = {
  exclude: "excludes",
  include: "includes",
  // Cloudflare's one name of a setting that has no underscore.
  limitType: "limitType",
  otel: "otels",
  require: "requires",
  service_auth_401_redirect: "serviceAuth401Redirect",
};
/** What is inside has names of the user's own: HTTP headers, and the metadata that a spend limit looks at. */
const USERS_OWN: ReadonlySet<string> = new Set(["headers", "metadata"]);
const WIRE_NAMES = Object.fromEntries(Object.entries(PULUMI_NAMES).map(([wire, pulumi]) => [pulumi, wire]));

/** `null` on the wire stands for a setting that is not given. */
export function camelCased(body: Inputs): Record<string, unknown> {
  return renamed(without(body, null), (name) => PULUMI_NAMES[name] ?? name.replaceAll(/_([a-z0-9])/g, upperCase));
}

/** `undefined` is left out. */
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
    USERS_OWN.has(name) ? member : inside(member),
  ]);
  return Object.fromEntries(members);
}
