/** Service Usage: the APIs of a project. Enabling and disabling are long-running operations. */
import { refusal } from "../../resources/google/project.ts";
import { ensure, type Inputs } from "../../resources/resource-type.ts";
import type { GoogleProject } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { type GoogleCall, googleRoute, page } from "./call.ts";
import { startOperation } from "./operations.ts";

const SERVICE = resourceType("gcp:projects/service:Service");
const PATH = "/v1/projects/:project/services";
const MAX_BATCH = 20;

export const serviceRoutes = [
  googleRoute("serviceusage.services.list", "GET", PATH, ({ project, query }) => {
    // The real list of disabled services contains every other Google API, so it is empty here.
    const names = query.get("filter") === "state:DISABLED" ? [] : [...project.enabledServices];
    return page(
      "services",
      names.map((name) => toApi(project, name)),
      query,
    );
  }),

  googleRoute("serviceusage.services.enable", "POST", `${PATH}\\:batchEnable`, async (call) => {
    const names = call.body.serviceIds;
    ensure(Array.isArray(names) && names.length <= MAX_BATCH, refusal(400, `at most ${MAX_BATCH} services a batch.`));
    for (const name of names) await enable(call, name);
    return startOperation(call.state, { services: names.map((name) => toApi(call.project, name)) });
  }),

  googleRoute("serviceusage.services.enable", "POST", `${PATH}/:service\\:enable`, async (call) => {
    await enable(call, call.params.service);
    return startOperation(call.state, { service: toApi(call.project, call.params.service) });
  }),

  googleRoute("serviceusage.services.disable", "POST", `${PATH}/:service\\:disable`, ({ state, project, params }) => {
    const inputs: Inputs = { project: project.id, service: params.service, disableOnDestroy: true };
    SERVICE.delete(state, `${project.id}/${params.service}`, inputs);
    return startOperation(state, { service: toApi(project, params.service) });
  }),

  googleRoute("serviceusage.services.get", "GET", `${PATH}/:service`, ({ project, params }) =>
    toApi(project, params.service),
  ),
];

async function enable({ state, project }: GoogleCall, service: string): Promise<void> {
  await SERVICE.create(state, { project: project.id, service }, {});
}

function toApi({ number, enabledServices }: GoogleProject, name: string) {
  const state = enabledServices.has(name) ? "ENABLED" : "DISABLED";
  return { name: `projects/${number}/services/${name}`, config: { name }, state, parent: `projects/${number}` };
}
