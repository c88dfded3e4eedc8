/**
 * Starts the peers: programs that a team would pick instead. A peer is installed into this folder
 * when it is first needed. Where that is not possible, it is skipped by name.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Connection } from "./connection.ts";
import { MODEL } from "./requests.ts";

const FOLDER = join(import.meta.dirname, "node_modules");
const PORTKEY = join(FOLDER, "@portkey-ai/gateway/build/start-server.js");
const LITELLM_FOLDER = join(FOLDER, ".litellm");
const LITELLM = join(LITELLM_FOLDER, "bin/litellm");
const LITELLM_PACKAGE = "litellm[proxy]==1.108.7";
/** LiteLLM does not start without a key for its clients. */
const LITELLM_KEY = `sk-${randomUUID()}`;
/** Without it LiteLLM fetches its price list from GitHub when it starts. */
const ENVIRONMENT = { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: "True" };
const INSTALL_LIMIT_MS = 300_000;
const START_LIMIT_MS = 90_000;
const LOOK_EVERY_MS = 100;

interface Peer {
  name: string;
  /** What `ours` should reach against it. */
  reach: string;
  /** @returns whether the peer is installed afterwards */
  install(): boolean;
  command(port: number, upstreamPort: number): readonly string[];
  headers(upstreamPort: number): Readonly<Record<string, string>>;
}

export interface RunningPeer {
  port: number;
  headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export const PEERS: readonly Peer[] = [
  {
    name: "Portkey",
    reach: "≥ 2.5",
    install: () =>
      existsSync(PORTKEY) ||
      runs("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", import.meta.dirname]),
    command: (port) => [process.execPath, PORTKEY, "--headless", `--port=${port}`],
    headers: (upstreamPort) => ({
      "x-portkey-config": JSON.stringify({
        provider: "anthropic",
        api_key: "k",
        custom_host: `http://127.0.0.1:${upstreamPort}/v1`,
      }),
    }),
  },
  {
    name: "LiteLLM",
    reach: "≥ 45",
    install: () =>
      existsSync(LITELLM) ||
      (runs("python3", ["-m", "venv", LITELLM_FOLDER]) &&
        runs(join(LITELLM_FOLDER, "bin/pip"), ["install", "--quiet", LITELLM_PACKAGE])),
    command: (port, upstreamPort) => {
      const config = join(LITELLM_FOLDER, "config.yaml");
      const params = { model: `anthropic/${MODEL}`, api_key: "k", api_base: `http://127.0.0.1:${upstreamPort}` };
      // JSON is YAML.
      writeFileSync(
        config,
        JSON.stringify({
          model_list: [{ model_name: MODEL, litellm_params: params }],
          general_settings: { master_key: LITELLM_KEY },
        }),
      );
      return [LITELLM, "--config", config, "--host", "127.0.0.1", "--port", String(port)];
    },
    headers: () => ({ authorization: `Bearer ${LITELLM_KEY}` }),
  },
];

/** @returns undefined if it cannot be installed or does not listen in time */
export async function startPeer(peer: Peer, upstreamPort: number): Promise<RunningPeer | undefined> {
  if (!peer.install()) return undefined;
  const port = await freePort();
  const [program = "", ...args] = peer.command(port, upstreamPort);
  const child = spawn(program, args, { stdio: "ignore", env: ENVIRONMENT });
  const stop = async () => {
    const ended = once(child, "exit");
    if (child.exitCode === null && child.kill("SIGKILL")) await ended;
  };
  if (await listens(port, child)) return { port, headers: peer.headers(upstreamPort), stop };
  await stop();
  return undefined;
}

async function listens(port: number, child: ChildProcess): Promise<boolean> {
  for (let leftMs = START_LIMIT_MS; leftMs > 0 && child.exitCode === null; leftMs -= LOOK_EVERY_MS) {
    try {
      (await Connection.open(port)).close();
      return true;
    } catch {
      await setTimeout(LOOK_EVERY_MS);
    }
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (!address || typeof address === "string") throw new Error("a server has no port");
  return address.port;
}

function runs(program: string, args: readonly string[]): boolean {
  console.error(`  ${program} ${args.join(" ")}`);
  return spawnSync(program, args, { stdio: "ignore", timeout: INSTALL_LIMIT_MS }).status === 0;
}
