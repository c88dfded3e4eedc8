/**
 * Misconfigurations of a stack that is deployed: settings that were changed since, and what somebody
 * or something else has changed in the clouds.
 */
import { generateKeyPairSync } from "node:crypto";
import { randomHex, randomText } from "../../../local/state/ids.ts";
import type { ApiToken, ScriptBinding } from "../../../local/state/index.ts";
import type { Misconfiguration } from "./misconfiguration.ts";
import { type Patient, PROJECT_ID, ZONE_ID } from "./patient.ts";

const DOMAIN = { hostname: "claude.example.com", zoneId: ZONE_ID };
const ACCESS = { serviceTokenIds: ["7a1ed3c6-6c1b-4e6e-9f0a-5d1f6e0d8a11"] };
const REFRESH = "pulumi up --refresh --run-program";
const BY_HAND = /^pulumi up --refresh --run-program; if this line stays, somebody changed it by hand/;

export const WRONG_AFTER_UP: readonly Misconfiguration[] = [
  {
    what: "an epoch that is raised by two",
    when: "after up",
    arrange: ({ stack }) => stack.set("rotation", { google: { epoch: 3 } }),
    check: ["Pulumi", "settings"],
    text: /raised from 1 to 3/,
    cure: `pulumi config set rotation '{"google":{"epoch":2}}' && pulumi up`,
  },
  {
    what: "a setting that is not deployed yet",
    when: "after up",
    arrange: ({ stack }) => stack.set("routing", "direct"),
    check: ["Deployed", "Worker's variables"],
    text: "OPTIONS is not what the settings say",
    cure: BY_HAND,
  },
  {
    what: "a failure counter that is not removed yet",
    when: "after up",
    arrange: ({ stack }) => stack.set("breaker", { neighbours: false }),
    check: ["Deployed", "Worker's variables"],
    text: "FAILURE_COUNTER is not of this stack",
    cure: BY_HAND,
  },
  {
    what: "a client's right that is not deployed yet",
    when: "after up",
    arrange: ({ stack }) => stack.set("clients", [{ name: "default", operator: true }]),
    check: ["Deployed", "Worker's variables"],
    text: "the client default has other rights",
    cure: BY_HAND,
  },
  {
    what: "a run that ended in its middle",
    when: "after up",
    arrange: (patient) => patient.loseOutputs(),
    check: ["Deployed", "last run"],
    text: "the last run did not end: the stack has no outputs",
    cure: "pulumi up",
  },
  {
    what: "a model whose terms nobody has accepted",
    when: "after up",
    argv: [],
    arrange: ({ project }) => project.modelsWithoutTerms.add("claude-sonnet-4-6"),
    check: ["Models", "call to Vertex"],
    text: "not enabled in Model Garden, or not served in this location",
    cure: /^https:\/\/console\.cloud\.google\.com\/.*\/claude-sonnet-4-6\?project=local-project: accept the terms$/,
    mend: ({ project }) => project.modelsWithoutTerms.clear(),
  },
  {
    what: "Fable without its consents",
    when: "after up",
    config: { vertexLocations: ["us"] },
    argv: ["--models", "claude-fable-5-2"],
    arrange: ({ project }) => project.modelsWithoutTerms.add("claude-fable-5-2"),
    check: ["Models", "call to Vertex"],
    text: /Fable needs Model Garden's terms, the safety addendum and data sharing/,
    cure: /claude-fable-5-2\?project=local-project: accept the terms$/,
    mend: ({ project }) => project.modelsWithoutTerms.clear(),
  },
  {
    what: "a disabled Anthropic key",
    when: "drifted",
    arrange: ({ cloud, anthropicApiKey }) =>
      cloud.context.state.anthropicKeyLimits.set(anthropicApiKey, { isDisabled: true }),
    check: ["Anthropic", "key"],
    text: /^Anthropic refuses the key/,
    cure: "pulumi config set --secret anthropicApiKey && pulumi up",
    typed: (patient) => ({ anthropicApiKey: patient.newAnthropicKey() }),
  },
  {
    what: "a clock that is wrong",
    when: "drifted",
    arrange: ({ cloud }) => {
      const date = new Date(Date.now() - 600_000).toUTCString();
      cloud.onExchange = ({ response }) => response.setHeader("date", date);
    },
    check: ["This machine", "clock"],
    text: /this machine's clock is (599|600|601) s ahead/,
    cure: "sudo timedatectl set-ntp true",
    mend: ({ cloud }) => {
      cloud.onExchange = undefined;
    },
  },
  {
    what: "an API that somebody has switched off",
    when: "drifted",
    arrange: ({ project }) => project.enabledServices.delete("aiplatform.googleapis.com"),
    check: ["Google", "APIs"],
    text: "off: aiplatform",
    cure: `gcloud services enable aiplatform.googleapis.com --project ${PROJECT_ID}`,
  },
  {
    what: "a gateway that is gone",
    when: "drifted",
    arrange: ({ account }) => account.gateways.clear(),
    check: ["Deployed", "gateway"],
    text: "claude-failover-local is gone",
    cure: REFRESH,
  },
  {
    what: "a gateway that asks nobody for a token",
    when: "drifted",
    arrange: ({ account }) => {
      for (const gateway of account.gateways.values()) gateway.authentication = false;
    },
    check: ["Deployed", "gateway"],
    text: "changed by hand: authentication is false instead of true",
    cure: REFRESH,
  },
  {
    what: "a run token that is gone",
    when: "drifted",
    arrange: ({ account }) => account.tokens.clear(),
    check: ["Deployed", "run token"],
    text: /the run token of epoch 1 is gone/,
    cure: REFRESH,
  },
  {
    what: "a run token that has expired",
    when: "drifted",
    arrange: (patient) => Object.assign(runToken(patient), { expiresOn: "2026-01-01T00:00:00Z" }),
    check: ["Deployed", "run token"],
    text: /the run token is expired/,
    cure: REFRESH,
  },
  {
    what: "a run token that is disabled",
    when: "drifted",
    arrange: (patient) => Object.assign(runToken(patient), { status: "disabled" }),
    check: ["Deployed", "run token"],
    text: /the run token is disabled/,
    cure: "npm run rotate -- gatewayToken",
  },
  {
    what: "a run token that an interrupted run has left",
    when: "drifted",
    arrange(patient) {
      const lost = { ...runToken(patient), id: randomHex(32), value: randomText(40) };
      patient.account.tokens.set(lost.id, lost);
    },
    check: ["Deployed", "run token"],
    text: /^1 of this stack's name that no state names/,
    cure: "npm run leaks -- --delete",
  },
  {
    what: "a Worker that is gone",
    when: "drifted",
    arrange: ({ account }) => account.scripts.clear(),
    check: ["Deployed", "Worker"],
    text: "claude-failover-local is gone",
    cure: REFRESH,
  },
  {
    what: "a Worker whose code was replaced by hand",
    when: "drifted",
    arrange: ({ script }) => Object.assign(script, { content: "export default {};" }),
    check: ["Deployed", "Worker's code"],
    text: "replaced by hand: it is not what the last run uploaded",
    cure: REFRESH,
  },
  {
    what: "a Worker of another clone",
    when: "drifted",
    arrange({ script, stack }) {
      const content = "export default {};";
      Object.assign(script, { content });
      const made = stack.resources.find(({ type }) => type === "cloudflare:index/workersScript:WorkersScript");
      Object.assign(made?.inputs ?? {}, { content });
    },
    check: ["Deployed", "Worker's code"],
    text: "not what this clone would upload: the clone is newer, or older",
    cure: "pulumi up",
  },
  {
    what: "a Worker whose log is off",
    when: "drifted",
    arrange: ({ script }) => Object.assign(script.observability ?? {}, { enabled: false }),
    check: ["Deployed", "Worker's log"],
    text: /^is off/,
    cure: REFRESH,
  },
  {
    what: "a variable that was changed by hand",
    when: "drifted",
    arrange: (patient) => changeBinding(patient, "VERTEX_LOCATIONS", (one) => ({ ...one, text: '["us"]' })),
    check: ["Deployed", "Worker's variables"],
    text: "VERTEX_LOCATIONS is not what the settings say",
    cure: /correct it in the dashboard, Workers, claude-failover-local, Settings$/,
    mend: (patient) => changeBinding(patient, "VERTEX_LOCATIONS", (one) => ({ ...one, text: '["us-east5"]' })),
  },
  {
    what: "a secret of the Worker that is gone",
    when: "drifted",
    arrange: (patient) => changeBinding(patient, "ANTHROPIC_API_KEY", () => []),
    check: ["Deployed", "Worker's variables"],
    text: "ANTHROPIC_API_KEY is missing",
    cure: BY_HAND,
  },
  {
    what: "a variable that is not of this stack",
    when: "drifted",
    arrange: ({ script }) =>
      Object.assign(script, { bindings: [...script.bindings, { name: "DEBUG", type: "plain_text", text: "1" }] }),
    check: ["Deployed", "Worker's variables"],
    text: "DEBUG is not of this stack",
    cure: BY_HAND,
  },
  {
    what: "workers.dev that is off",
    when: "drifted",
    arrange: ({ script }) => Object.assign(script, { subdomainEnabled: false }),
    check: ["Deployed", "workers.dev"],
    text: "is off, so the stack's url does not answer",
    cure: REFRESH,
  },
  {
    what: "preview addresses that are on",
    when: "drifted",
    arrange: ({ script }) => Object.assign(script, { previewsEnabled: true }),
    check: ["Deployed", "workers.dev"],
    text: /^preview addresses are on/,
    cure: REFRESH,
  },
  {
    what: "a domain that leads to another Worker",
    when: "drifted",
    config: { domain: DOMAIN },
    arrange: ({ account }) => {
      for (const domain of account.customDomains.values()) domain.service = "other";
    },
    check: ["Deployed", "domain"],
    text: "claude.example.com leads to the Worker other",
    cure: REFRESH,
  },
  {
    what: "a domain that leads nowhere",
    when: "drifted",
    config: { domain: DOMAIN },
    arrange: ({ account }) => account.customDomains.clear(),
    check: ["Deployed", "domain"],
    text: "claude.example.com leads to no Worker",
    cure: REFRESH,
  },
  {
    what: "a domain that Access does not protect any more",
    when: "drifted",
    config: { domain: DOMAIN, access: ACCESS },
    arrange: ({ account }) => account.accessApplications.clear(),
    check: ["Deployed", "Access"],
    text: /^does not protect claude.example.com/,
    cure: REFRESH,
  },
  {
    what: "a Worker at workers.dev that Access does not protect any more",
    when: "drifted",
    config: { access: ACCESS },
    arrange: ({ account }) => account.accessApplications.clear(),
    check: ["Deployed", "Access"],
    text: /^does not protect workers\.dev/,
    cure: REFRESH,
  },
  {
    what: "something else at the stack's url",
    when: "drifted",
    arrange: (patient) => {
      patient.isShadowed = true;
    },
    check: ["Deployed", "Worker answers"],
    text: /\/health answers 404, and is not this Worker$/,
    cure: REFRESH,
    mend: (patient) => {
      patient.isShadowed = false;
    },
  },
  {
    what: "a service account that is gone",
    when: "drifted",
    arrange: ({ project }) => project.serviceAccounts.clear(),
    check: ["Deployed", "identity at Google"],
    text: /^the service account .* is gone$/,
    cure: REFRESH,
  },
  {
    what: "an identity pool that is deleted",
    when: "drifted",
    config: { googleAuth: "workloadIdentity" },
    arrange: ({ project }) => {
      for (const pool of project.pools.values()) pool.deleted = true;
    },
    check: ["Deployed", "identity at Google"],
    text: /^the identity pool claude-failover-local-\S+ is deleted$/,
    cure: /^gcloud iam workload-identity-pools undelete/,
  },
  {
    what: "an identity pool that is disabled",
    when: "drifted",
    config: { googleAuth: "workloadIdentity" },
    arrange: ({ project }) => {
      for (const pool of project.pools.values()) pool.disabled = true;
    },
    check: ["Deployed", "identity at Google"],
    text: /^the identity pool claude-failover-local-\S+ is disabled$/,
    cure: /^gcloud iam workload-identity-pools update .* --no-disabled$/,
  },
  {
    what: "a custom role that is deleted",
    when: "drifted",
    config: { googleRole: "predictOnly" },
    arrange: ({ project }) => {
      for (const role of project.customRoles.values()) role.deleted = true;
    },
    check: ["Deployed", "custom role"],
    text: /is deleted$/,
    cure: `gcloud iam roles undelete claude_failover_local --project ${PROJECT_ID}`,
  },
  {
    what: "a grant that was taken away",
    when: "drifted",
    arrange: ({ project }) => project.policy.get("roles/aiplatform.user")?.clear(),
    check: ["Deployed", "grants"],
    text: /^taken away: roles\/aiplatform.user for serviceAccount:/,
    cure: REFRESH,
  },
  {
    what: "a Google key that is gone",
    when: "drifted",
    arrange: ({ serviceAccount }) => serviceAccount.keys.clear(),
    check: ["Deployed", "Google key"],
    text: /^the key of epoch 1 is gone/,
    cure: REFRESH,
  },
  {
    what: "a Google key that an interrupted run has left",
    when: "drifted",
    arrange: ({ serviceAccount }) => {
      const id = randomHex(40);
      const { publicKey } = generateKeyPairSync("ed25519");
      serviceAccount.keys.set(id, { id, publicKey, createdAt: "2026-11-01T00:00:00Z" });
    },
    check: ["Deployed", "Google key"],
    text: /^1 more that no state names/,
    cure: /^gcloud iam service-accounts keys delete [0-9a-f]{40} --iam-account claude-failover-local@/,
  },
];

function runToken({ account }: Patient): ApiToken {
  const [token] = account.tokens.values();
  if (!token) throw new Error("there is no run token");
  return token;
}

function changeBinding(
  { script }: Patient,
  name: string,
  change: (binding: ScriptBinding) => object | readonly object[],
): void {
  Object.assign(script, {
    bindings: script.bindings.flatMap((binding) => (binding.name === name ? change(binding) : binding)),
  });
}
