/**
 * Which permission each route of the API needs. The names are those of the API's permission groups;
 * the dashboard says Edit for Write. Write includes Read, so that reading needs one of the two.
 * Sources: "Accepted Permissions" in Cloudflare's API reference and in the documents of its
 * providers; developers.cloudflare.com/fundamentals/api/reference/permissions. A zone that a token
 * may not see is left out of a list, instead of a refusal.
 */
import type { Method } from "../../http/router.ts";
import type { DeployTokenLimits } from "../../state/index.ts";

/** The first match counts. Paths are below `/client/v4`. */
const PRODUCTS: readonly (readonly [path: RegExp, product: string])[] = [
  [/^\/accounts\/[^/]+\/ai-gateway\//, "AI Gateway"],
  [/^\/accounts\/[^/]+\/tokens(\/|$)/, "Account API Tokens"],
  [/^\/accounts\/[^/]+\/access\//, "Access: Apps and Policies"],
  [/^\/accounts\/[^/]+\/workers\/observability\//, "Workers Observability"],
  [/^\/accounts\/[^/]+\/workers\//, "Workers Scripts"],
  [/^\/zones\/[^/]+\/workers\/routes(\/|$)/, "Workers Routes"],
  [/^\/zones\/[^/]+\/dns_records(\/|$)/, "DNS"],
];
/** A custom domain changes a zone as well: its route to the Worker and its DNS record. */
const CUSTOM_DOMAIN = /^\/accounts\/[^/]+\/workers\/domains(\/|$)/;

export const SEE_ZONES = "Zone Read";

/** @returns whether a token with these limits may call the route */
export function isPermitted(limits: DeployTokenLimits | undefined, method: Method, path: string): boolean {
  const lacks = new Set(limits?.lacks);
  const below = path.slice("/client/v4".length);
  return neededFor(method, below).every((oneOf) => oneOf.some((permission) => !lacks.has(permission)));
}

/** @returns groups of permissions: each group must be met by one of its permissions */
function neededFor(method: Method, path: string): string[][] {
  const product = PRODUCTS.find(([pattern]) => pattern.test(path))?.[1];
  if (product === undefined) return [];
  if (method === "GET") return [[`${product} Read`, `${product} Write`]];
  const more = CUSTOM_DOMAIN.test(path) ? [["Workers Routes Write"], ["DNS Write"]] : [];
  return [[`${product} Write`], ...more];
}
