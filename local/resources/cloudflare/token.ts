/** API tokens of an account. Their value is told once, when they are made. What a refresh sees: the provider, observed. */
import { randomHex, randomText } from "../../state/ids.ts";
import type { ApiToken, TokenPolicy } from "../../state/index.ts";
import { ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { accountOf, authorised, belowAccount, collection, uncodedRefusal } from "./account.ts";

export const AI_GATEWAY_RUN = "644535f4ed854494a59cb289d634b257";
const PERMISSION_GROUPS = new Set([AI_GATEWAY_RUN]);

export const accountToken: ResourceType = {
  computed: ["value", "status"],
  replaceOn: ["accountId"],
  identify: belowAccount(),
  request: collection("tokens"),
  authorise: authorised,
  create(state, inputs, provider) {
    const account = authorised(state, inputs, provider);
    const token: ApiToken = { id: randomHex(32), value: randomText(40), status: "active", ...settingsOf(inputs) };
    account.tokens.set(token.id, token);
    return { id: token.id, outputs: { ...attributes(token, inputs), value: token.value }, secretOutputs: ["value"] };
  },
  /** A token that is expired is no longer there for the provider, one that is disabled is. */
  read(state, id, inputs) {
    const token = accountOf(state, inputs).tokens.get(id);
    return token && token.status !== "expired" ? attributes(token, inputs) : undefined;
  },
  update(state, id, inputs) {
    const token = accountOf(state, inputs).tokens.get(id);
    ensure(token, uncodedRefusal(404, `no token ${id}`));
    Object.assign(token, settingsOf(inputs));
    return attributes(token, inputs);
  },
  delete(state, id, inputs) {
    ensure(accountOf(state, inputs).tokens.delete(id), uncodedRefusal(404, `no token ${id}`));
  },
};

/** The API answers `resources` as compact JSON: any other text is a difference for ever. */
function attributes({ name, status, policies }: ApiToken, { accountId }: Inputs): Record<string, unknown> {
  return {
    accountId,
    name,
    status,
    policies: policies.map((policy) => ({ ...policy, resources: JSON.stringify(policy.resources) })),
  };
}

function settingsOf(inputs: Inputs): Pick<ApiToken, "name" | "policies" | "permissionGroups"> {
  const policies: TokenPolicy[] = inputs.policies.map((policy: Inputs) => {
    ensure(policy.effect === "allow", uncodedRefusal(400, "only allow policies are known here"));
    const resources = parseResources(policy.resources);
    const isOwn = resources[`com.cloudflare.api.account.${inputs.accountId}`] === "*";
    ensure(isOwn, uncodedRefusal(400, "the policy is for another account"));
    return { effect: policy.effect, permissionGroups: policy.permissionGroups.map(knownGroup), resources };
  });
  const permissionGroups = policies.flatMap((policy) => policy.permissionGroups.map(({ id }) => id));
  return { name: inputs.name, policies, permissionGroups };
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
