/**
 * API tokens of an account. The value is returned only on creation. Source for what a refresh sees:
 * the real provider.
 */
import { randomHex, randomText } from "../../state/ids.ts";
import type { ApiToken, TokenPolicy } from "../../state/index.ts";
import { statusOf } from "../../state/token-status.ts";
import { ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { accountOf, accountScopedId, authorised, collectionRequests, uncodedRefusal } from "./account.ts";

export const AI_GATEWAY_RUN = "644535f4ed854494a59cb289d634b257";
const PERMISSION_GROUPS = new Set([AI_GATEWAY_RUN]);

export const accountToken: ResourceType = {
  computed: ["value", "status"],
  replaceOn: ["accountId"],
  identify: accountScopedId(),
  request: collectionRequests("tokens"),
  authorise: authorised,
  create(state, inputs, provider) {
    const account = authorised(state, inputs, provider);
    const issuedOn = now();
    const made = {
      id: randomHex(32),
      value: randomText(40),
      status: "active",
      issuedOn,
      modifiedOn: issuedOn,
    } as const;
    const token: ApiToken = { ...made, ...settingsOf(inputs) };
    account.tokens.set(token.id, token);
    return { id: token.id, outputs: { ...attributes(token, inputs), value: token.value }, secretOutputs: ["value"] };
  },
  /** For the provider an expired token is gone, and a disabled token still exists. */
  read(state, id, inputs) {
    const token = accountOf(state, inputs).tokens.get(id);
    return token && statusOf(token) !== "expired" ? attributes(token, inputs) : undefined;
  },
  update(state, id, inputs) {
    const token = accountOf(state, inputs).tokens.get(id);
    ensure(token, uncodedRefusal(404, `no token ${id}`));
    Object.assign(token, settingsOf(inputs), { modifiedOn: now() });
    return attributes(token, inputs);
  },
  delete(state, id, inputs) {
    ensure(accountOf(state, inputs).tokens.delete(id), uncodedRefusal(404, `no token ${id}`));
  },
};

/**
 * The API returns `resources` as compact JSON. A program that writes it differently sees a change
 * at every refresh.
 */
function attributes({ name, status, policies }: ApiToken, { accountId }: Inputs): Record<string, unknown> {
  return {
    accountId,
    name,
    status,
    policies: policies.map((policy) => ({ ...policy, resources: JSON.stringify(policy.resources) })),
  };
}

/** ISO 8601 in whole seconds. */
function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

function settingsOf(inputs: Inputs): Pick<ApiToken, "name" | "policies" | "permissionGroups" | "expiresOn"> {
  const policies: TokenPolicy[] = inputs.policies.map((policy: Inputs) => {
    ensure(policy.effect === "allow", uncodedRefusal(400, "only allow policies are known here"));
    const resources = parseResources(policy.resources);
    const isOwn = resources[`com.cloudflare.api.account.${inputs.accountId}`] === "*";
    ensure(isOwn, uncodedRefusal(400, "the policy is for another account"));
    return { effect: policy.effect, permissionGroups: policy.permissionGroups.map(knownGroup), resources };
  });
  const permissionGroups = policies.flatMap((policy) => policy.permissionGroups.map(({ id }) => id));
  const { name, expiresOn } = inputs;
  return { name, policies, permissionGroups, ...(expiresOn === undefined ? {} : { expiresOn }) };
}

function knownGroup({ id }: Inputs): { id: string } {
  ensure(PERMISSION_GROUPS.has(id), uncodedRefusal(400, `no permission group ${id}`));
  return { id };
}

function parseResources(text: string): Record<string, string> {
  try {
    return JSON.parse(text);
  } catch {
    ensure(false, "failed to serialize http request: json: error calling MarshalJSON for type json.RawMessage");
  }
}
