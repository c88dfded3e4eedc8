/**
 * Cloud Billing: whether a project has billing. Source: Google's Cloud Billing v1 reference
 * (projects.getBillingInfo).
 */
import { googleRoute } from "./call.ts";

export const billingRoutes = [
  googleRoute("resourcemanager.projects.get", "GET", "/v1/projects/:project/billingInfo", ({ project }) => {
    const { id: projectId, billingAccount: billingAccountName } = project;
    const name = `projects/${projectId}/billingInfo`;
    return { name, projectId, billingAccountName, billingEnabled: billingAccountName !== "" };
  }),
];
