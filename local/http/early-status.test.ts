import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Fault } from "../faults/faults.ts";
import {
  ANTHROPIC_HEADERS,
  type Call,
  callGateway,
  callHost,
  PROJECT_ID,
  QUESTION,
  useCloud,
  vertexCall,
} from "../testing/cloud.ts";

const cloud = useCloud();
const DECLARED_BYTES = 5 * 1024 * 1024;
const PART = Buffer.alloc(64 * 1024, " ");
const MODEL_PATH = `publishers/anthropic/models/${QUESTION.model}:rawPredict`;
const VERTEX_PATH = `/v1/projects/${PROJECT_ID}/locations/us-east5/${MODEL_PATH}`;
const fail = (target: string, fault: Fault) => cloud().cloud.context.faults.set(target, fault);

interface Upload {
  socket: Socket;
  /**
   * Resolves with the answer so far when it matches the pattern. Rejects if the connection ends
   * first.
   */
  until(pattern: RegExp): Promise<string>;
}

/** Declares 5 MB and sends only a part of it. */
function beginUpload(host: string, path: string): Upload {
  const socket = connect(cloud().cloud.context.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    text += chunk;
  });
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nx-api-key: sk-ant-test\r\ncontent-length: ${DECLARED_BYTES}\r\n\r\n`,
  );
  socket.write(PART);
  return {
    socket,
    until: async (pattern) => {
      while (!pattern.test(text)) {
        if (socket.closed || socket.readableEnded) throw new Error(`the connection ended with ${JSON.stringify(text)}`);
        await Promise.race([once(socket, "data"), once(socket, "close")]);
      }
      return text;
    },
  };
}

describe("an early status", () => {
  it.each([
    [
      "anthropic",
      "api.anthropic.com",
      "/v1/messages",
      413,
      /^HTTP\/1\.1 413 [\s\S]*\{"type":"error".*request_too_large.*\}$/,
    ],
    ["vertex", "us-east5-aiplatform.googleapis.com", VERTEX_PATH, 413, /^HTTP\/1\.1 413 [\s\S]*\{"type":"error".*\}$/],
    [
      "vertex/us-east5",
      "us-east5-aiplatform.googleapis.com",
      VERTEX_PATH,
      429,
      /^HTTP\/1\.1 429 [\s\S]*\{"error":\{"code":429.*\}$/,
    ],
  ])("from %s arrives before the upload is complete", async (target, host, path, status, answer) => {
    fail(target, { mode: "early_status", status });
    const { until } = beginUpload(host, path);
    await expect(until(answer)).resolves.toContain(`content-length: `);
  });

  it("lets the upload finish, and the connection serves the next request", async () => {
    fail("anthropic", { mode: "early_status", times: 1 });
    const { socket, until } = beginUpload("api.anthropic.com", "/v1/messages");
    await until(/^HTTP\/1\.1 413 [\s\S]*\}$/);

    socket.write(Buffer.alloc(DECLARED_BYTES - PART.length, " "));
    socket.write("HEAD / HTTP/1.1\r\nhost: api.anthropic.com\r\n\r\n");

    await expect(until(/\}HTTP\/1\.1 200 /)).resolves.toBeDefined();
  });

  it("uses up one of the fault's times", async () => {
    fail("anthropic", { mode: "early_status", status: 500, times: 1 });
    const call: Call = { host: "api.anthropic.com", path: "/v1/messages", headers: ANTHROPIC_HEADERS, body: "{}" };
    const first = await callHost(cloud(), call);
    const second = await callHost(cloud(), call);
    expect([first.status, second.status]).toEqual([500, 400]);
  });

  it("answers a call without a body too", async () => {
    fail("anthropic", { mode: "early_status", status: 503 });
    const { status, complete } = await callHost(cloud(), { host: "api.anthropic.com", path: "/v1/models" });
    expect({ status, complete }).toEqual({ status: 503, complete: true });
  });

  it("reaches the gateway before its upload is complete", async () => {
    fail("anthropic", { mode: "early_status" });
    const body = JSON.stringify({ ...QUESTION, system: "x".repeat(20 * 1024 * 1024) });
    const answer = await callGateway(cloud(), { path: "/anthropic/v1/messages", body, headers: ANTHROPIC_HEADERS });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { type: "request_too_large" } });
    expect(cloud().gateway.logs.at(-1)).toMatchObject({ provider: "anthropic", status: 413 });
  });

  it("makes the Universal Endpoint try the next step", async () => {
    fail("anthropic", { mode: "early_status" });
    const { path, headers, body = "" } = vertexCall(cloud(), false);
    const steps = [
      { provider: "anthropic", endpoint: "v1/messages", headers: ANTHROPIC_HEADERS, query: QUESTION },
      { provider: "google-vertex-ai", endpoint: path.slice(1), headers, query: JSON.parse(String(body)) },
    ];
    const answer = await callGateway(cloud(), { path: "", body: JSON.stringify(steps) });
    expect(answer.status).toBe(200);
    expect(answer.headers["cf-aig-step"]).toBe("1");
  });
});
