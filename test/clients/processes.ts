/**
 * The clients that only `npm run clients` installs. Each runs in its own process with an empty home
 * folder, and can reach only this host.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { MODEL } from "../support/sandbox.ts";
import { type Client, MAX_TOKENS, prompt, type Question, type Target } from "./client.ts";
import project from "./package.json" with { type: "json" };

const { dependencies: versions } = project;
/** Much longer than any of the clients takes. */
const LIMIT_MS = 60_000;
/**
 * With these variables Claude Code sends only messages. Requests to other hosts fail at a missing
 * proxy.
 */
const QUIET = {
  DISABLE_TELEMETRY: "1",
  DISABLE_AUTOUPDATER: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  HTTPS_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "127.0.0.1",
};

export interface HeavyClient extends Client {
  isInstalled: boolean;
}

function heavy(name: keyof typeof versions, client: Omit<Client, "version">): HeavyClient {
  const isInstalled = existsSync(join(import.meta.dirname, "node_modules", name, "package.json"));
  return { ...client, version: versions[name], isInstalled };
}

/** The failure that a client shows. */
class ShownError extends Error {
  readonly status: number | undefined;

  constructor({ name, status, message }: { name: string; status?: number; message: string }) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** Asks with one of the scripts in this folder. */
function byScript(script: string): Client["ask"] {
  return async ({ url, token }, question) => {
    const asked = { ...question, url, token, model: MODEL, prompt: prompt(question), maxTokens: MAX_TOKENS };
    const { stdout, stderr } = await run([join(import.meta.dirname, script), JSON.stringify(asked)]);
    const lastLine = stdout.trim().split("\n").at(-1) ?? "";
    if (!lastLine.startsWith("{")) throw new Error(`${script} has printed no result: ${stdout}${stderr}`);
    const { text: answer, error } = JSON.parse(lastLine);
    if (error) throw new ShownError(error);
    return answer;
  };
}

async function askClaudeCode({ url, token }: Target, question: Question): Promise<string> {
  const { tools, retries } = question;
  const launcher = join(import.meta.dirname, "node_modules", "@anthropic-ai", "claude-code", "cli-wrapper.cjs");
  const { status, stdout, stderr } = await run(
    [launcher, "-p", prompt(question), "--max-turns", "3", "--tools", tools ? "Glob" : ""],
    {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: token,
      ANTHROPIC_MODEL: MODEL,
      ...(retries === undefined ? {} : { CLAUDE_CODE_MAX_RETRIES: String(retries) }),
    },
  );
  if (status === 0) return stdout.trim();
  throw new ShownError({ name: `exit status ${status}`, message: `${stdout}${stderr}`.trim() });
}

/** @param args the arguments of node */
async function run(args: readonly string[], env: Record<string, string> = {}) {
  const home = await mkdtemp(join(tmpdir(), "client-"));
  const child = spawn(process.execPath, args, {
    cwd: home,
    env: { HOME: home, PATH: process.env.PATH ?? "", ...QUIET, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // The process gets its own process group, because a killed launcher would leave its child
    // running.
    detached: true,
  });
  const timer = setTimeout(() => child.pid && process.kill(-child.pid, "SIGKILL"), LIMIT_MS);
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { stdout, stderr, status };
  } finally {
    clearTimeout(timer);
    await rm(home, { recursive: true, force: true });
  }
}

export const PROCESSES: readonly HeavyClient[] = [
  heavy("@langchain/anthropic", {
    name: "LangChain: `@langchain/anthropic`",
    change: "`anthropicApiUrl`, `apiKey`",
    modes: ["JSON", "stream"],
    ask: byScript("langchain.mjs"),
  }),
  heavy("@anthropic-ai/claude-code", {
    name: "Claude Code",
    change: "`ANTHROPIC_BASE_URL`, `ANTHROPIC_AUTH_TOKEN`",
    modes: ["stream"],
    showsText: true,
    ask: askClaudeCode,
  }),
  heavy("@anthropic-ai/claude-agent-sdk", {
    name: "Claude Agent SDK",
    change: "`ANTHROPIC_BASE_URL`, `ANTHROPIC_AUTH_TOKEN` in `env`",
    modes: ["stream"],
    showsText: true,
    ask: byScript("agent-sdk.mjs"),
  }),
];

/** A client of OpenAI's API, which the Worker does not offer. */
export const OPENAI: HeavyClient = heavy("openai", {
  name: "`openai`",
  change: "the client",
  modes: ["JSON", "stream"],
  ask: byScript("openai.mjs"),
});
