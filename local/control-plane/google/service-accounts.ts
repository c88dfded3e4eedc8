/** Service accounts and their policies. */
import { accountByName } from "../../resources/google/project.ts";
import type { GoogleProject, ServiceAccount } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { applyMask, googleRoute, page } from "./call.ts";
import { etagOf } from "./etag.ts";
import { policyToApi, replacePolicy } from "./policy.ts";

const ACCOUNT = resourceType("gcp:serviceaccount/account:Account");
const MEMBER = resourceType("gcp:serviceaccount/iAMMember:IAMMember");
const PATH = "/v1/projects/:project/serviceAccounts";

export const serviceAccountRoutes = [
  googleRoute("iam.serviceAccounts.list", "GET", PATH, ({ project, query }) => {
    const accounts = [...project.serviceAccounts.values()].map((account) => toApi(project, account));
    return page("accounts", accounts, query);
  }),

  googleRoute("iam.serviceAccounts.create", "POST", PATH, async ({ state, project, body }) => {
    const { accountId = "", serviceAccount = {} } = body;
    const { id } = await ACCOUNT.create(state, { ...serviceAccount, accountId, project: project.id }, {});
    return toApi(project, accountByName(state, id));
  }),

  googleRoute(
    "iam.serviceAccounts.getIamPolicy",
    "POST",
    `${PATH}/:email\\:getIamPolicy`,
    ({ state, project, params }) => policyToApi(accountByName(state, nameOf(project, params.email)).policy),
  ),

  googleRoute(
    "iam.serviceAccounts.setIamPolicy",
    "POST",
    `${PATH}/:email\\:setIamPolicy`,
    ({ state, project, params, body }) => {
      const serviceAccountId = nameOf(project, params.email);
      return replacePolicy(accountByName(state, serviceAccountId).policy, body.policy ?? {}, {
        add: (role, member) => MEMBER.create(state, { serviceAccountId, role, member }, {}),
        remove: (role, member) => MEMBER.delete(state, "", { serviceAccountId, role, member }),
      });
    },
  ),

  googleRoute("iam.serviceAccounts.get", "GET", `${PATH}/:email`, ({ state, project, params }) =>
    toApi(project, accountByName(state, nameOf(project, params.email))),
  ),

  googleRoute("iam.serviceAccounts.update", "PATCH", `${PATH}/:email`, ({ state, project, params, body }) => {
    const name = nameOf(project, params.email);
    const account = accountByName(state, name);
    const { displayName, description } = applyMask(account, body.serviceAccount ?? {}, body.updateMask);
    ACCOUNT.update(state, name, { project: project.id, accountId: accountIdOf(account), displayName, description });
    return toApi(project, account);
  }),

  googleRoute("iam.serviceAccounts.delete", "DELETE", `${PATH}/:email`, ({ state, project, params }) => {
    const name = nameOf(project, params.email);
    ACCOUNT.delete(state, name, { project: project.id, accountId: accountIdOf(accountByName(state, name)) });
    return {};
  }),
];

export function nameOf(project: GoogleProject, email: string): string {
  return `projects/${project.id}/serviceAccounts/${email}`;
}

function accountIdOf({ email }: ServiceAccount): string {
  return email.slice(0, email.indexOf("@"));
}

function toApi(project: GoogleProject, { email, uniqueId, displayName, description }: ServiceAccount) {
  const texts = { ...(displayName ? { displayName } : {}), ...(description ? { description } : {}) };
  return {
    name: nameOf(project, email),
    projectId: project.id,
    uniqueId,
    email,
    ...texts,
    oauth2ClientId: uniqueId,
    etag: etagOf(texts),
  };
}
