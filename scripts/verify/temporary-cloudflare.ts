/** Gateways, Workers and tokens that an experiment makes for itself in the stack's account. */
import { z } from "zod";
import type { Answer } from "../clouds/api-client.ts";
import type { Lab } from "./lab.ts";
import { temporaryName } from "./temporaries.ts";

const MAX_GATEWAY_NAME = 64;
const MAX_WORKER_NAME = 63;
/** What the API requires of every gateway. */
export const REQUIRED_SETTINGS = {
  cache_invalidate_on_update: false,
  cache_ttl: 0,
  collect_logs: true,
  rate_limiting_interval: 0,
  rate_limiting_limit: 0,
};
/** Nobody can use such a gateway without a run token and a key of a provider. */
export const CLOSED = { authentication: true, byok_only: true };

const TOKENS = z.object({ id: z.string(), name: z.string() });
/** It answers nothing, and no address leads to it. */
const CODE = "export default { fetch() { return new Response(null, { status: 404 }); } };\n";

export interface Made {
  name: string;
  answer: Answer<unknown>;
}

export async function makeGateway(lab: Lab, settings: object): Promise<Made> {
  const id = temporaryName(lab.plan.gateway, MAX_GATEWAY_NAME);
  const path = `accounts/${lab.plan.account}/ai-gateway/gateways`;
  const answer = await lab.temporaries.make(
    `AI gateway ${id}`,
    ({ cloudflare }) => cloudflare.delete(`${path}/${id}`),
    () => lab.cloudflare.send("post", path, { ...REQUIRED_SETTINGS, ...settings, id }, z.unknown()),
  );
  return { name: id, answer };
}

/** It has no address. @param metadata in addition to what every upload needs */
export async function makeWorker(lab: Lab, metadata: object): Promise<Made> {
  const name = temporaryName(lab.plan.worker, MAX_WORKER_NAME);
  const path = `accounts/${lab.plan.account}/workers/scripts/${name}?force=true`;
  const answer = await lab.temporaries.make(
    `Worker ${name}`,
    ({ cloudflare }) => cloudflare.delete(path),
    () => upload(lab, name, metadata),
  );
  return { name, answer };
}

/** @param metadata in addition to what every upload needs */
export function upload({ cloudflare, plan }: Lab, name: string, metadata: object): Promise<Answer<unknown>> {
  const main = "index.js";
  const all = { main_module: main, compatibility_date: "2026-11-01", bindings: [], ...metadata };
  const form = new FormData();
  form.append("metadata", new Blob([JSON.stringify(all)], { type: "application/json" }));
  form.append(main, new File([CODE], main, { type: "application/javascript+module" }));
  return cloudflare.send("put", `accounts/${plan.account}/workers/scripts/${name}`, form, z.unknown());
}

const TOKEN = z.object({ id: z.string(), value: z.string() });

/** @returns the body too, because an update needs the whole of it */
export async function makeToken(lab: Lab, policy: object) {
  // As `leaks` knows a run token.
  const name = `${temporaryName(lab.plan.gateway, MAX_GATEWAY_NAME)}: run AI Gateway (1)`;
  const path = `accounts/${lab.plan.account}/tokens`;
  const body = { name, policies: [policy] };
  const remove = async ({ cloudflare }: Lab) => {
    const listed = await cloudflare.list(path, TOKENS, { include_expired: true });
    if (listed.kind !== "ok") return listed;
    for (const { id } of listed.value.filter((token) => token.name === name)) {
      const answer = await cloudflare.delete(`${path}/${id}`);
      if (answer.kind !== "ok") return answer;
    }
    return listed;
  };
  const answer = await lab.temporaries.make(`API token ${name}`, remove, () =>
    lab.cloudflare.send("post", path, body, TOKEN),
  );
  return { body, answer };
}
