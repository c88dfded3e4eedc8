/**
 * APIs of a project, and models of Model Garden. Both are enabled, and stay enabled unless the
 * program disables them.
 */

import { sameAsUnset } from "../diff-suppression.ts";
import { ensure, type ResourceType } from "../resource-type.ts";
import { projectOf, refusal, requests, requireService } from "./project.ts";

const KNOWN_SERVICES = new Set([
  "aiplatform.googleapis.com",
  "cloudresourcemanager.googleapis.com",
  "iam.googleapis.com",
  "iamcredentials.googleapis.com",
  "serviceusage.googleapis.com",
  "sts.googleapis.com",
]);

export const service: ResourceType = {
  computed: [],
  replaceOn: ["project", "service"],
  same: sameAsUnset({ disableOnDestroy: [false] }),
  identify(importId) {
    const [, project = "", name] = /^([^/]+)\/([^/]+)$/.exec(importId) ?? [];
    return project === "" ? undefined : { id: importId, inputs: { project, service: name } };
  },
  request: requests("serviceusage.googleapis.com", ({ project, service: name }) => ({
    create: `v1/projects/${project}/services/${name}:enable`,
    other: `v1/projects/${project}/services/${name}`,
  })),
  create(state, inputs) {
    const project = projectOf(state, inputs.project);
    const prefix = `Failed to list enabled services for project ${project.id}: `;
    requireService(project, "serviceusage.googleapis.com", prefix);
    const isKnown = KNOWN_SERVICES.has(inputs.service);
    const message = `Not found or permission denied for service ${inputs.service}.`;
    ensure(isKnown, refusal(403, message, { prefix: "failed to enable services: failed on request preconditions: " }));
    project.enabledServices.add(inputs.service);
    return { id: `${project.id}/${inputs.service}`, outputs: { ...inputs } };
  },
  read(state, _id, { project: id, service: name }) {
    const project = projectOf(state, id);
    requireService(project, "serviceusage.googleapis.com", `Failed to list enabled services for project ${id}: `);
    return project.enabledServices.has(name) ? { project: id, service: name } : undefined;
  },
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete(state, _id, inputs) {
    if (inputs.disableOnDestroy === true) projectOf(state, inputs.project).enabledServices.delete(inputs.service);
  },
};

/** Can only be created. Nothing reads it, and delete does nothing. */
export const enabledModel: ResourceType = {
  computed: ["enablementState", "publisherEndpoint"],
  replaceOn: ["project", "publisherModelName"],
  request: requests("aiplatform.googleapis.com", ({ project, publisherModelName }) => ({
    create: `v1beta1/projects/${project}/${publisherModelName}:enableModel`,
    other: `v1beta1/projects/${project}/${publisherModelName}`,
  })),
  create(state, inputs, provider) {
    ensure(provider.region, "Cannot determine region: set in this resource, or set provider-level 'region' or 'zone'.");
    const project = projectOf(state, inputs.project);
    requireService(project, "aiplatform.googleapis.com");
    const name: string = inputs.publisherModelName;
    const isName = /^publishers\/[^/]+\/models\/[^/]+$/.test(name);
    ensure(isName, refusal(400, `Invalid publisher model name: ${name}`));
    project.enabledModels.add(name);
    const outputs = { ...inputs, enablementState: "ENABLEMENT_STATE_SUCCEEDED" };
    return { id: `projects/${project.id}/${name}`, outputs };
  },
  read: (_state, _id, inputs) => ({ ...inputs }),
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete: () => undefined,
};
