/**
 * Applications of Cloudflare Access, each for a hostname or for a Worker. `state/access-gate.ts`
 * says whom they let through. Sources: docs/fidelity.md.
 */
import { randomUUID } from "node:crypto";
import { randomHex } from "../../state/ids.ts";
import { type AccessApplication, type CloudflareAccount, workerId } from "../../state/index.ts";
import { ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { accountOf, authorised, collectionRequests, uncodedRefusal } from "./account.ts";

const DECISIONS = new Set(["allow", "deny", "non_identity", "bypass"]);
/** Types that protect a hostname or a Worker of the account. */
const TYPES = new Set(["self_hosted"]);

export const accessApplication: ResourceType = {
  computed: ["aud"],
  replaceOn: ["accountId", "zoneId"],
  identify(importId) {
    const [, accountId, id = ""] = /^accounts\/([^/]+)\/([^/]+)$/.exec(importId) ?? [];
    return accountId === undefined ? undefined : { id, inputs: { accountId } };
  },
  request: collectionRequests("access/apps"),
  authorise: authorised,
  create(state, inputs, provider) {
    const account = authorised(state, inputs, provider);
    const application = { id: randomUUID(), aud: randomHex(64), settings: settingsOf(account, inputs, "") };
    account.accessApplications.set(application.id, application);
    return { id: application.id, outputs: attributes(account, application) };
  },
  read(state, id, inputs) {
    const account = accountOf(state, inputs);
    const found = account.accessApplications.get(id);
    // A setting that was removed outside Pulumi must appear as undefined.
    const unset = Object.fromEntries(Object.keys(inputs).map((name) => [name, undefined]));
    return found && { ...unset, ...attributes(account, found) };
  },
  update(state, id, inputs) {
    const account = accountOf(state, inputs);
    const found = account.accessApplications.get(id);
    ensure(found, uncodedRefusal(404, `no Access application ${id}`));
    found.settings = settingsOf(account, inputs, id);
    return attributes(account, found);
  },
  delete(state, id, inputs) {
    const isDeleted = accountOf(state, inputs).accessApplications.delete(id);
    ensure(isDeleted, uncodedRefusal(404, `no Access application ${id}`));
  },
};

function attributes({ id: accountId }: CloudflareAccount, { aud, settings }: AccessApplication) {
  return { accountId, ...settings, aud };
}

function settingsOf(account: CloudflareAccount, { accountId: _, ...settings }: Inputs, ownId: string) {
  const { type, domain, destinations, policies = [] } = settings;
  ensure(TYPES.has(type), `The local cloud does not support Access applications of type ${type}.`);
  const isOnlyOne = (domain === undefined) !== (destinations === undefined);
  ensure(isOnlyOne, "The local cloud supports Access applications with either a domain or destinations.");
  if (domain !== undefined) checkHostname(account, domain.split("/")[0]);
  for (const destination of destinations ?? []) checkWorker(account, destination, ownId);
  const precedences = policies.map(({ precedence }: Inputs) => precedence);
  const isOrdered = new Set(precedences).size === precedences.length;
  ensure(isOrdered, uncodedRefusal(400, "access.api.error.invalid_request: two policies have one precedence"));
  for (const { decision, includes } of policies) {
    ensure(DECISIONS.has(decision), uncodedRefusal(400, `access.api.error.invalid_request: decision ${decision}`));
    ensure(includes?.length > 0, uncodedRefusal(400, "access.api.error.invalid_request: a policy includes nobody"));
  }
  return settings;
}

function checkHostname({ zones, subdomain }: CloudflareAccount, hostname: string): void {
  const isOwn = [...zones.values(), `${subdomain}.workers.dev`].some(
    (zone) => hostname === zone || hostname.endsWith(`.${zone}`),
  );
  ensure(isOwn, uncodedRefusal(400, `access.api.error.invalid_request: ${hostname} is in none of the account's zones`));
}

/** The Worker must exist, and only one application may protect it. */
function checkWorker({ scripts, accessApplications }: CloudflareAccount, destination: Inputs, ownId: string): void {
  ensure(destination.type === "worker", `The local cloud does not support Access destinations of ${destination.type}.`);
  const exists = [...scripts.values()].some((script) => workerId(script) === destination.workerId);
  ensure(exists, uncodedRefusal(400, `access.api.error.invalid_request: no Worker has the id ${destination.workerId}`));
  const others = [...accessApplications.values()].filter(({ id }) => id !== ownId);
  const isFree = !others.some((other) => workerIdsOf(other).includes(destination.workerId));
  ensure(isFree, uncodedRefusal(409, "access.api.error.conflict: another application protects this Worker already"));
}

/** The Workers that the application protects. */
export function workerIdsOf({ settings }: AccessApplication): string[] {
  return ((settings.destinations ?? []) as Inputs[]).flatMap(({ workerId: id }) => id ?? []);
}
