/** Applications of Cloudflare Access. They are stored, but nobody has to log in here. */
import { randomUUID } from "node:crypto";
import { randomHex } from "../../state/ids.ts";
import type { AccessApplication, CloudflareAccount } from "../../state/index.ts";
import { ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { accountOf, authorised, collectionRequests, uncodedRefusal } from "./account.ts";

const DECISIONS = new Set(["allow", "deny", "non_identity", "bypass"]);
/** Types that protect a hostname of the account. */
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
    const application = { id: randomUUID(), aud: randomHex(64), settings: settingsOf(account, inputs) };
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
    found.settings = settingsOf(account, inputs);
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

function settingsOf({ zones, subdomain }: CloudflareAccount, { accountId: _, ...settings }: Inputs) {
  const { type, domain = "", policies = [] } = settings;
  ensure(TYPES.has(type), `The local cloud does not support Access applications of type ${type}.`);
  const hostname: string = domain.split("/")[0];
  const isOwn = [...zones.values(), `${subdomain}.workers.dev`].some(
    (zone) => hostname === zone || hostname.endsWith(`.${zone}`),
  );
  ensure(isOwn, uncodedRefusal(400, `access.api.error.invalid_request: ${hostname} is in none of the account's zones`));
  const precedences = policies.map(({ precedence }: Inputs) => precedence);
  const isOrdered = new Set(precedences).size === precedences.length;
  ensure(isOrdered, uncodedRefusal(400, "access.api.error.invalid_request: two policies have one precedence"));
  for (const { decision, includes } of policies) {
    ensure(DECISIONS.has(decision), uncodedRefusal(400, `access.api.error.invalid_request: decision ${decision}`));
    ensure(includes?.length > 0, uncodedRefusal(400, "access.api.error.invalid_request: a policy includes nobody"));
  }
  return settings;
}
