/** Experiments with Cloudflare's tokens, permissions and Access. */
import { z } from "zod";
import type { Answer } from "../clouds/api-client.ts";
import type { Experiment } from "./experiment.ts";
import { type Check, compare, compareOutcome, conclude, untold, whyNot } from "./finding.ts";
import type { Lab } from "./lab.ts";
import { temporaryName } from "./temporaries.ts";
import { makeToken } from "./temporary-cloudflare.ts";

/** As `infra/gateway/ai-gateway.ts` has it. */
export const AI_GATEWAY_RUN = "644535f4ed854494a59cb289d634b257";
const MISSING = "0".repeat(32);
const MISSING_UUID = "00000000-0000-4000-8000-000000000000";

/** Point 8. */
const GROUPS = z.array(z.object({ id: z.string(), name: z.string() }));
export const runPermission: Experiment = {
  cost: () => ({ requests: 1 }),
  async run({ cloudflare, plan }) {
    const what = "AI Gateway Run";
    const answer = await cloudflare.get(`accounts/${plan.account}/tokens/permission_groups`, GROUPS, { name: what });
    if (answer.kind !== "ok") return conclude([untold(what, whyNot(answer))]);
    const found = answer.value.filter(({ name }) => name === what).map(({ id }) => id);
    const consequence = "set AI_GATEWAY_RUN in infra/gateway/ai-gateway.ts and local/resources/cloudflare/token.ts";
    return conclude([compare(what, AI_GATEWAY_RUN, found.join(", ") || "no such group", consequence)]);
  },
};

/** Point 23. The hostname is one of workers.dev that no Worker has. */
const ADDED = ["aud", "destinations", "id", "self_hosted_domains"];
const SUBDOMAIN = z.object({ subdomain: z.string().min(1) });
const APPLICATION = z.looseObject({ id: z.string() });
/** Of a part of a host name. */
const MAX_LABEL = 63;
export const accessAnswers: Experiment = {
  cost: () => ({ requests: 5, makes: ["a temporary Access application for an address without a Worker"] }),
  async run(lab) {
    const name = temporaryName(lab.plan.worker, MAX_LABEL);
    const { account } = lab.plan;
    const found = await lab.cloudflare.get(`accounts/${account}/workers/subdomain`, SUBDOMAIN);
    if (found.kind !== "ok") return conclude([untold("the account's name under workers.dev", whyNot(found))]);
    // If even this one is refused, a refusal of the other one says nothing about its domain.
    const made = await makeApplication(lab, name, `${name}.${found.value.subdomain}.workers.dev`);
    if (made.kind !== "ok") return conclude([untold("an Access application", whyNot(made))]);
    const refused = await makeApplication(lab, name, `${name}.invalid`);
    const codes = "write the status and the code into settingsOf of local/resources/cloudflare/access.ts";
    return conclude([addedMembers(made.value), compareOutcome("a domain of nobody's", "400 1", refused, codes)]);
  },
};

function addedMembers(made: object): Check {
  const sent = new Set(Object.keys(applicationBody("", "")));
  const added = Object.keys(made).filter((member) => !sent.has(member));
  const consequence =
    "let toApi in local/control-plane/cloudflare/access.ts add them, and see what a refresh then reports";
  return compare("members that the answer adds", ADDED.join(", "), added.sort().join(", "), consequence);
}

function makeApplication(lab: Lab, name: string, domain: string): Promise<Answer<z.infer<typeof APPLICATION>>> {
  const path = `accounts/${lab.plan.account}/access/apps`;
  const remove = async ({ cloudflare }: Lab): Promise<Answer<unknown>> => {
    const listed = await cloudflare.list(path, z.object({ id: z.string(), domain: z.string().optional() }));
    if (listed.kind !== "ok") return listed;
    for (const { id } of listed.value.filter((application) => application.domain === domain)) {
      const answer = await cloudflare.delete(`${path}/${id}`);
      if (answer.kind !== "ok") return answer;
    }
    return listed;
  };
  return lab.temporaries.make(`Access application for ${domain}`, remove, () =>
    lab.cloudflare.send("post", path, applicationBody(name, domain), APPLICATION),
  );
}

function applicationBody(name: string, domain: string) {
  const everybody = [{ everyone: {} }];
  return {
    type: "self_hosted",
    name,
    domain,
    policies: [{ name: "verify", decision: "deny", include: everybody, precedence: 1 }],
  };
}

/** Point 27. */
const VERIFIED = z.object({
  result: z.object({ status: z.string() }),
  messages: z.array(z.object({ message: z.string() })).nullish(),
});
export const tokensAndCodes: Experiment = {
  cost: () => ({ requests: 10, makes: ["a temporary API token that may run AI Gateway"] }),
  async run(lab) {
    const { account } = lab.plan;
    const missing = "write the code into uncodedRefusal's place in local/resources/cloudflare";
    const domain = await lab.cloudflare.get(`accounts/${account}/workers/domains/${MISSING_UUID}`, z.unknown());
    const token = await lab.cloudflare.get(`accounts/${account}/tokens/${MISSING}`, z.unknown());
    return conclude([
      compareOutcome("a missing custom domain", "404 1", domain, missing),
      compareOutcome("a missing token", "404 1", token, missing),
      ...(await verifyToken(lab)),
      untold("such a token elsewhere", "it would need a token with more rights than AI Gateway Run"),
    ]);
  },
};

async function verifyToken(lab: Lab): Promise<Check[]> {
  const { account } = lab.plan;
  const policy = {
    effect: "allow",
    permission_groups: [{ id: AI_GATEWAY_RUN }],
    resources: { [`com.cloudflare.api.account.${account}`]: "*" },
  };
  const { body, answer: made } = await makeToken(lab, policy);
  if (made.kind !== "ok") return [untold("a disabled token", whyNot(made))];
  const { id, value } = made.value;
  const change = (more: object) => {
    return lab.cloudflare.send("put", `accounts/${account}/tokens/${id}`, { ...body, ...more }, z.unknown());
  };
  const past = `${new Date(Date.now() - 60_000).toISOString().slice(0, 19)}Z`;
  return [
    await verified("a disabled token", "disabled", value, () => change({ status: "disabled" }), lab),
    await verified("an expired token", "expired", value, () => change({ status: "active", expires_on: past }), lab),
  ];
}

async function verified(
  what: string,
  status: string,
  value: string,
  change: () => Promise<Answer<unknown>>,
  { cloudflare, plan }: Lab,
): Promise<Check> {
  const changed = await change();
  if (changed.kind !== "ok") return untold(what, whyNot(changed));
  const answer = await cloudflare.withToken(value).raw(`accounts/${plan.account}/tokens/verify`);
  if (answer.kind === "unreachable") return untold(what, answer.why);
  const believed = `200 ${status}, no message`;
  const found = answer.kind === "ok" ? VERIFIED.safeParse(answer.value).data : undefined;
  const [said] = found?.messages ?? [];
  const seen = found ? `200 ${found.result.status}, ${said?.message ?? "no message"}` : whyNot(answer);
  const consequence =
    "answer the same in local/control-plane/cloudflare/verify.ts, and read it in scripts/doctor/cloudflare-token.ts";
  return compare(what, believed, seen, consequence);
}
