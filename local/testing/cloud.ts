/**
 * Starts a local cloud for one test file, with a gateway, an Anthropic key and a project, and calls
 * its hosts without a Worker.
 */
import { EventEmitter, once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, afterEach, beforeAll, onTestFinished } from "vitest";
import { LocalCloud } from "../cloud/index.ts";
import { issueAccessToken } from "../google-auth/token-endpoint.ts";
import { AI_GATEWAY_RUN } from "../resources/cloudflare/index.ts";
import { addAccount, addProject, type Gateway, type GoogleProject, newGateway } from "../state/index.ts";

const TODAY = "2026-11-22";
export const API_KEY = "sk-ant-test";
export const RUN_TOKEN = "run-token";
export const PROJECT_ID = "test-project";
export const QUESTION = { model: "claude-sonnet-4-6", max_tokens: 16, messages: [{ role: "user", content: "Hello" }] };
export const ANTHROPIC_HEADERS = { "x-api-key": API_KEY, "anthropic-version": "2023-06-01" };

export interface TestCloud {
  cloud: LocalCloud;
  gateway: Gateway;
  project: GoogleProject;
  /** For an identity that may predict. */
  accessToken: string;
}

export function useCloud(): () => TestCloud {
  let testCloud: TestCloud | undefined;
  beforeAll(async () => {
    const cloud = await LocalCloud.start({ port: 0, today: TODAY });
    const { state, user } = cloud.context;
    state.anthropicApiKeys.add(API_KEY);
    const account = addAccount(state, "account", "test");
    account.tokens.set("t", {
      id: "t",
      name: "t",
      value: RUN_TOKEN,
      status: "active",
      policies: [],
      permissionGroups: [AI_GATEWAY_RUN],
    });
    const gateway = newGateway("gateway", { authentication: true, byokOnly: true });
    account.gateways.set(gateway.id, gateway);
    const project = addProject(state, PROJECT_ID, "100000000000");
    for (const service of ["aiplatform", "iam", "sts", "iamcredentials"]) {
      project.enabledServices.add(`${service}.googleapis.com`);
    }
    project.policy.set("roles/aiplatform.user", new Set([user]));
    testCloud = { cloud, gateway, project, accessToken: issueAccessToken(state, user) };
  });
  afterEach(() => testCloud?.cloud.context.faults.clear());
  afterAll(() => testCloud?.cloud.close());
  return () => {
    if (!testCloud) throw new Error("the cloud is not up yet");
    return testCloud;
  };
}

export interface Call {
  host?: string;
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  signal?: AbortSignal;
}

export interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
  /** The body as received. */
  bytes: Buffer;
  /** Whether the body is complete by HTTP's rules. */
  complete: boolean;
}

/** An answer that may never end. */
export interface OpenAnswer extends Pick<Answer, "status" | "headers"> {
  /**
   * Resolves with the text so far when it matches the pattern. Rejects if the answer ends first.
   */
  until(pattern: RegExp): Promise<string>;
  /** Whether the answer is still open after another complete call to the cloud. */
  staysOpen(): Promise<boolean>;
  disconnect(): void;
}

/**
 * Calls a host of the local cloud. `fetch` cannot be used: it cannot send another Host header.
 * Rejects when there is no response.
 */
export async function callHost(cloud: TestCloud, call: Call): Promise<Answer> {
  const response = await respond(cloud, call);
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => response.once("close", resolve));
  const { statusCode: status = 0, headers, complete } = response;
  const bytes = Buffer.concat(chunks);
  return { status, headers, text: bytes.toString("utf8"), bytes, complete };
}

/** Disconnects when the test ends. */
export async function openCall(cloud: TestCloud, call: Call): Promise<OpenAnswer> {
  const response = await respond(cloud, call);
  onTestFinished(() => void response.destroy());
  const arrival = new EventEmitter();
  let text = "";
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    text += chunk;
    arrival.emit("more");
  });
  response.once("close", () => arrival.emit("more"));
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    until: async (pattern) => {
      while (!pattern.test(text)) {
        if (response.closed) throw new Error(`the answer ended with ${JSON.stringify(text)}`);
        await once(arrival, "more");
      }
      return text;
    },
    staysOpen: async () => {
      await callHost(cloud, { path: "/faults" });
      return !response.closed && !response.complete;
    },
    disconnect: () => response.destroy(),
  };
}

function respond({ cloud }: TestCloud, { host = "127.0.0.1", method, path, headers, body, signal }: Call) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const call = request({
      host: "127.0.0.1",
      port: cloud.context.port,
      agent: false,
      method: method ?? (body === undefined ? "GET" : "POST"),
      path,
      headers: { ...headers, host },
      ...(signal ? { signal } : {}),
    });
    call.once("response", (response) => {
      // The response may fail while it is read.
      response.on("error", () => undefined);
      resolve(response);
    });
    call.on("error", reject);
    call.end(body);
  });
}

export function callAnthropic(cloud: TestCloud, call: Call): Promise<Answer> {
  return callHost(cloud, { host: "api.anthropic.com", ...call, headers: { ...ANTHROPIC_HEADERS, ...call.headers } });
}

/** @param path below the gateway's URL */
export function callGateway(cloud: TestCloud, { path, headers, ...call }: Call): Promise<Answer> {
  return callHost(cloud, {
    ...call,
    path: `/v1/account/gateway${path}`,
    headers: { "cf-aig-authorization": `Bearer ${RUN_TOKEN}`, ...headers },
  });
}

/** A question to Claude in us-east5, as JSON or stream. */
export function vertexCall({ accessToken }: TestCloud, stream: boolean): Call {
  const { model, ...question } = QUESTION;
  const verb = stream ? "streamRawPredict" : "rawPredict";
  return {
    host: "us-east5-aiplatform.googleapis.com",
    path: `/v1/projects/${PROJECT_ID}/locations/us-east5/publishers/anthropic/models/${model}:${verb}`,
    headers: { authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ ...question, stream, anthropic_version: "vertex-2023-10-16" }),
  };
}
