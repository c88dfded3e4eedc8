/**
 * Starts a local cloud for one test file and calls its control planes the way provider plugins do,
 * under the loopback address.
 */
import { issueAccessToken } from "../google-auth/token-endpoint.ts";
import type { CloudflareAccount } from "../state/index.ts";
import { type TestCloud, useCloud } from "./cloud.ts";

export const DEPLOY_TOKEN = "deploy-token-of-at-least-forty-characters";

export interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a wire shape, read by assertions
  json: any;
}

export interface Sent {
  body?: unknown;
  headers?: Record<string, string>;
  token?: string | undefined;
}

export interface ControlPlane extends TestCloud {
  account: CloudflareAccount;
  /** Access token of the project's owner. */
  ownerToken: string;
  /** @param path below `/client/v4/accounts/account`, unless it starts with `/client/v4` */
  cloudflare(method: string, path: string, sent?: Sent): Promise<Reply>;
  /** @param url without the scheme, such as `iam.googleapis.com/v1/…` */
  google(method: string, url: string, body?: unknown, token?: string): Promise<Reply>;
}

export function useControlPlane(): () => ControlPlane {
  const cloud = useCloud();
  let controlPlane: ControlPlane | undefined;
  return () => {
    controlPlane ??= prepare(cloud());
    return controlPlane;
  };
}

function prepare(test: TestCloud): ControlPlane {
  const { state } = test.cloud.context;
  const [account] = state.accounts.values();
  if (!account) throw new Error("the test cloud has no account");
  account.deployTokens.add(DEPLOY_TOKEN);
  const owner = "user:owner@example.com";
  test.project.policy.set("roles/owner", new Set([owner]));
  const ownerToken = issueAccessToken(state, owner);
  return {
    ...test,
    account,
    ownerToken,
    cloudflare: (method, path, sent) => {
      const full = path.startsWith("/client/v4") ? path : `/client/v4/accounts/${account.id}${path}`;
      return call(`${test.cloud.url}/api.cloudflare.com${full}`, method, { token: DEPLOY_TOKEN, ...sent });
    },
    google: (method, url, body, token = ownerToken) => call(`${test.cloud.url}/${url}`, method, { body, token }),
  };
}

async function call(url: string, method: string, { body, headers, token }: Sent): Promise<Reply> {
  const isRaw = body === undefined || body instanceof FormData || typeof body === "string";
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(isRaw ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
