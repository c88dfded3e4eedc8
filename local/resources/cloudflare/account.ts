/** What Cloudflare's resources ask of their account: that it is there, that the token may deploy, and how a request is named. */
import type { CloudflareAccount, CloudState } from "../../state/index.ts";
import {
  ensure,
  type Inputs,
  type OperationKind,
  type Refusal,
  type Request,
  type ResourceType,
} from "../resource-type.ts";

const API = "https://api.cloudflare.com/client/v4";

/** @param code Cloudflare's number for it */
export function refusal(status: number, code: number, message: string): Refusal {
  return { cloud: "cloudflare", status, code, message };
}

/** A refusal whose code nobody outside has established. */
export function uncodedRefusal(status: number, message: string): Refusal {
  return { cloud: "cloudflare", status, message };
}

export function accountOf(state: CloudState, inputs: Inputs): CloudflareAccount {
  const account = state.accounts.get(inputs.accountId);
  ensure(account, refusal(404, 7003, `no account ${inputs.accountId}`));
  return account;
}

export function authorised(state: CloudState, inputs: Inputs, provider: Inputs): CloudflareAccount {
  const account = accountOf(state, inputs);
  ensure(account.deployTokens.has(provider.apiToken), refusal(403, 10000, "Authentication error"));
  return account;
}

/** Of a collection: POST to it, and GET, PUT, DELETE below it. */
export function collection(name: string): NonNullable<ResourceType["request"]> {
  const methods = { create: "POST", read: "GET", update: "PUT", delete: "DELETE" } as const;
  return (operation, { accountId }, id) => ({
    method: methods[operation],
    url: `${API}/accounts/${accountId}/${name}${operation === "create" ? "" : `/${id}`}`,
  });
}

/** @param path below the account */
export function single(
  methods: Readonly<Record<OperationKind, Request["method"]>>,
  path: (inputs: Inputs, operation: OperationKind, id: string) => string,
): NonNullable<ResourceType["request"]> {
  return (operation, inputs, id) => ({
    method: methods[operation],
    url: `${API}/accounts/${inputs.accountId}/${path(inputs, operation, id)}`,
  });
}

/** An import's id is the account's and the resource's, with a slash between. @param idName the argument that the latter is */
export function belowAccount(idName?: string): NonNullable<ResourceType["identify"]> {
  return (importId) => {
    const [, accountId = "", id = ""] = /^([^/]+)\/([^/]+)$/.exec(importId) ?? [];
    return id === "" ? undefined : { id, inputs: { accountId, ...(idName ? { [idName]: id } : {}) } };
  };
}
