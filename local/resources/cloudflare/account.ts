/**
 * Checks that Cloudflare's resources share: the account exists and the token may deploy. Also
 * builds their refusals, request URLs and import ids.
 */
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

/** @param code Cloudflare's error code */
export function refusal(status: number, code: number, message: string): Refusal {
  return { cloud: "cloudflare", status, code, message };
}

/** A refusal whose code is not known. */
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

/** Requests of a collection: POST to it, and GET, PUT and DELETE to its members. */
export function collectionRequests(name: string): NonNullable<ResourceType["request"]> {
  const methods = { create: "POST", read: "GET", update: "PUT", delete: "DELETE" } as const;
  return (operation, { accountId }, id) => ({
    method: methods[operation],
    url: `${API}/accounts/${accountId}/${name}${operation === "create" ? "" : `/${id}`}`,
  });
}

/** @param path below the account's URL */
export function accountRequests(
  methods: Readonly<Record<OperationKind, Request["method"]>>,
  path: (inputs: Inputs, operation: OperationKind, id: string) => string,
): NonNullable<ResourceType["request"]> {
  return (operation, inputs, id) => ({
    method: methods[operation],
    url: `${API}/accounts/${inputs.accountId}/${path(inputs, operation, id)}`,
  });
}

/**
 * Parses an import id: account id, slash, resource id.
 * @param idName the argument that holds the resource id
 */
export function accountScopedId(idName?: string): NonNullable<ResourceType["identify"]> {
  return (importId) => {
    const [, accountId = "", id = ""] = /^([^/]+)\/([^/]+)$/.exec(importId) ?? [];
    return id === "" ? undefined : { id, inputs: { accountId, ...(idName ? { [idName]: id } : {}) } };
  };
}
