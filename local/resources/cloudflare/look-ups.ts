/** Look-ups of an account. They need a deploy token, like the resources. */

import type { LookUp } from "../resource-type.ts";
import { authorised } from "./account.ts";
import { attributes } from "./gateway.ts";
import { scriptOf } from "./script.ts";

const getWorker: LookUp = (state, inputs, provider) => {
  const account = authorised(state, inputs, provider);
  const { name, subdomainEnabled: enabled, previewsEnabled } = scriptOf(state, account.id, inputs.workerId);
  const url = `https://${name}.${account.subdomain}.workers.dev`;
  return { name, subdomain: { enabled, previewsEnabled, url } };
};

/** `search` matches any part of an id. */
const getAiGateways: LookUp = (state, inputs, provider) => {
  const { gateways } = authorised(state, inputs, provider);
  const found = [...gateways.values()].filter(({ id }) => id.includes(inputs.search ?? ""));
  const results = found.map((gateway) => {
    const { accountId: _account, aiGatewayId: id, ...rest } = attributes(gateway, inputs);
    return { id, ...rest };
  });
  return { ...inputs, results: results.slice(0, inputs.maxItems) };
};

const getWorkersScripts: LookUp = (state, inputs, provider) => {
  const { scripts } = authorised(state, inputs, provider);
  const results = [...scripts.values()].map(({ name: id, createdOn, modifiedOn, compatibilityDate }) => {
    return { id, createdOn, modifiedOn, compatibilityDate };
  });
  return { ...inputs, results: results.slice(0, inputs.maxItems) };
};

export const cloudflareLookUps: Readonly<Record<string, LookUp>> = {
  "cloudflare:index/getWorker:getWorker": getWorker,
  "cloudflare:index/getAiGateways:getAiGateways": getAiGateways,
  "cloudflare:index/getWorkersScripts:getWorkersScripts": getWorkersScripts,
};
