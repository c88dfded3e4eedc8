/**
 * AI gateways. Sources: developers.cloudflare.com/ai-gateway for the limits, the real provider for
 * what a refresh reports as a change.
 */
import { GATEWAY_DEFAULTS, type Gateway, type GatewaySettings, newGateway } from "../../state/index.ts";
import { sameAsUnset } from "../diff-suppression.ts";
import { ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { accountOf, accountScopedId, authorised, collectionRequests, refusal, uncodedRefusal } from "./account.ts";

const MAX_GATEWAYS = 20;
const SETTINGS = Object.keys(GATEWAY_DEFAULTS) as (keyof GatewaySettings)[];

export const gateway: ResourceType = {
  computed: ["isDefault", "createdAt", "modifiedAt"],
  optionalComputed: ["byokOnly"],
  replaceOn: ["accountId", "aiGatewayId"],
  /**
   * Without `logpush` and `zdr`: if the program leaves them out, every refresh reports a change.
   */
  same: sameAsUnset({
    otels: [GATEWAY_DEFAULTS.otels],
    spendLimits: [GATEWAY_DEFAULTS.spendLimits],
    workersAiBillingMode: [GATEWAY_DEFAULTS.workersAiBillingMode],
  }),
  identify: accountScopedId("aiGatewayId"),
  request: collectionRequests("ai-gateway/gateways"),
  authorise: authorised,
  create(state, inputs, provider) {
    const account = authorised(state, inputs, provider);
    const id: string = inputs.aiGatewayId;
    ensure(/^[a-z0-9-]{1,64}$/.test(id), refusal(400, 7001, `the gateway id ${JSON.stringify(id)} is not valid`));
    ensure(!account.gateways.has(id), refusal(409, 7001, `the gateway ${id} exists already`));
    const isFull = account.gateways.size >= MAX_GATEWAYS;
    ensure(!isFull, uncodedRefusal(400, `an account has at most ${MAX_GATEWAYS} gateways`));
    const created = newGateway(id, settingsOf(inputs));
    account.gateways.set(id, created);
    return { id, outputs: attributes(created, inputs) };
  },
  read(state, id, inputs) {
    const found = accountOf(state, inputs).gateways.get(id);
    return found && attributes(found, inputs);
  },
  /** The API replaces all settings. A setting that is left out gets its default. */
  update(state, id, inputs) {
    const found = accountOf(state, inputs).gateways.get(id);
    ensure(found, refusal(404, 7002, `no gateway ${id}`));
    Object.assign(found, GATEWAY_DEFAULTS, settingsOf(inputs), { modifiedAt: newGateway(id, {}).modifiedAt });
    return attributes(found, inputs);
  },
  delete(state, id, inputs) {
    ensure(accountOf(state, inputs).gateways.delete(id), refusal(404, 7002, `no gateway ${id}`));
  },
};

/** Names are those of the Pulumi schema. Null settings become undefined. */
function attributes(found: Gateway, { accountId }: Inputs): Record<string, unknown> {
  const settings = SETTINGS.map((name) => [name, found[name] ?? undefined]);
  const { id: aiGatewayId, createdAt, modifiedAt } = found;
  return { accountId, aiGatewayId, ...Object.fromEntries(settings), isDefault: false, createdAt, modifiedAt };
}

function settingsOf(inputs: Inputs): Partial<GatewaySettings> {
  for (const name of ["cacheTtl", "rateLimitingInterval", "rateLimitingLimit"]) {
    const isAmount = Number.isInteger(inputs[name]) && inputs[name] >= 0;
    ensure(isAmount, uncodedRefusal(400, `${name} must be at least 0`));
  }
  const { logManagement = GATEWAY_DEFAULTS.logManagement } = inputs;
  const isInRange = logManagement >= 10_000 && logManagement <= 10_000_000;
  ensure(isInRange, uncodedRefusal(400, "logManagement is out of range"));
  return Object.fromEntries(
    SETTINGS.filter((name) => inputs[name] !== undefined && inputs[name] !== null).map((name) => [name, inputs[name]]),
  );
}
