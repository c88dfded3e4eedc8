/**
 * Versions and deployments of a script. Each upload is a version and serves all traffic at once.
 * Only the newest is known here. Source: `src/resources/workers/scripts/` of cloudflare-typescript
 * (`versions.ts`, `deployments.ts`).
 */
import { createHash } from "node:crypto";
import { refusal } from "../../resources/cloudflare/account.ts";
import { scriptOf } from "../../resources/cloudflare/script.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { Script } from "../../state/index.ts";
import { cloudflareRoute } from "./call.ts";
import { etagOf, withoutSecret } from "./scripts.ts";

const PATH = "/accounts/:account/workers/scripts/:script";
const AUTHOR_EMAIL = "you@example.com";
const VERSION_NOT_FOUND = 10007;

export const versionRoutes = [
  cloudflareRoute("GET", `${PATH}/deployments`, ({ state, account, params }) => ({
    result: { deployments: [deploymentOf(scriptOf(state, account.id, params.script))] },
  })),

  /** Unlike other lists, this one has its items in a member of the result. */
  cloudflareRoute("GET", `${PATH}/versions`, ({ state, account, params }) => {
    const items = [versionOf(scriptOf(state, account.id, params.script))];
    return { result: { items }, result_info: { page: 1, per_page: 20, count: 1, total_count: 1, total_pages: 1 } };
  }),

  cloudflareRoute("GET", `${PATH}/versions/:version`, ({ state, account, params }) => {
    const script = scriptOf(state, account.id, params.script);
    ensure(script.versionId === params.version, refusal(404, VERSION_NOT_FOUND, `no version ${params.version}`));
    const { compatibilityDate, compatibilityFlags, usageModel, bindings } = script;
    const resources = {
      bindings: bindings.map(withoutSecret),
      script: { etag: etagOf(script), handlers: ["fetch"], last_deployed_from: "api" },
      script_runtime: {
        compatibility_date: compatibilityDate,
        compatibility_flags: compatibilityFlags,
        usage_model: usageModel,
      },
    };
    return { result: { ...versionOf(script), resources } };
  }),

  /** The same for every account. Source: `workers/account-settings.ts` of cloudflare-typescript. */
  cloudflareRoute("GET", "/accounts/:account/workers/account-settings", () => ({
    result: { default_usage_model: "standard", green_compute: false },
  })),
];

function versionOf({ versionId: id, modifiedOn: created_on }: Script) {
  const metadata = {
    author_email: AUTHOR_EMAIL,
    created_on,
    modified_on: created_on,
    hasPreview: false,
    source: "api",
  };
  return { id, number: 1, metadata };
}

/** The upload creates the deployment, so that its id follows from the version's. */
function deploymentOf({ versionId, modifiedOn: created_on }: Script) {
  const hash = createHash("sha256").update(versionId).digest("hex");
  return {
    id: hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5"),
    created_on,
    source: "api",
    strategy: "percentage",
    author_email: AUTHOR_EMAIL,
    annotations: { "workers/triggered_by": "upload" },
    versions: [{ version_id: versionId, percentage: 100 }],
  };
}
