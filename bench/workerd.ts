/**
 * Starts one variant of the Worker in raw `workerd serve`, without Miniflare, whose own Workers
 * would be measured too. All outbound traffic goes to the upstream.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { cpuNs, forgetPeak, type Memory, memory } from "./process-usage.ts";
import type { Variant } from "./variants.ts";

const WORKERD: string = createRequire(import.meta.url)("workerd").default;
/** The descriptor on which workerd says which port it has got. */
const CONTROL_FD = 3;

export class Workerd {
  readonly port: number;
  /** 0 if the Worker is not inspected. */
  readonly inspectorPort: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, ports: Ports) {
    this.#child = child;
    this.#folder = folder;
    this.port = ports.listen;
    this.inspectorPort = ports["listen-inspector"];
  }

  static async start(variant: Variant, upstreamPort: number, how?: "inspected"): Promise<Workerd> {
    const folder = mkdtempSync(join(tmpdir(), "claude-failover-bench-"));
    writeFileSync(join(folder, "index.js"), variant.module);
    writeFileSync(join(folder, "config.capnp"), configOf(variant, upstreamPort));
    const args = [`--control-fd=${CONTROL_FD}`, ...(how === "inspected" ? ["--inspector-addr=127.0.0.1:0"] : [])];
    const child = spawn(WORKERD, ["serve", join(folder, "config.capnp"), ...args], {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    let complaint = "";
    child.stderr?.on("data", (text) => {
      complaint += text;
    });
    const ports = await Promise.race([
      listeningPorts(child.stdio[CONTROL_FD] as Readable),
      once(child, "exit").then(() => {
        throw new Error(`workerd ended while it started ${variant.name}: ${complaint}`);
      }),
    ]);
    return new Workerd(child, folder, ports);
  }

  cpuNs(): number {
    return cpuNs(this.#pid);
  }

  memory(): Memory {
    return memory(this.#pid);
  }

  forgetPeak(): void {
    forgetPeak(this.#pid);
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
    rmSync(this.#folder, { recursive: true });
  }

  get #pid(): number {
    if (this.#child.pid === undefined) throw new Error("workerd has not started");
    return this.#child.pid;
  }
}

/** workerd's names for the sockets that it opens. The inspector's comes first. */
type Ports = Record<"listen-inspector" | "listen", number>;

async function listeningPorts(control: Readable): Promise<Ports> {
  const ports: Ports = { "listen-inspector": 0, listen: 0 };
  for await (const line of createInterface(control)) {
    const { event, port }: { event: keyof Ports; port: number } = JSON.parse(line);
    ports[event] = port;
    if (event === "listen") return ports;
  }
  throw new Error("workerd did not say on which port it listens");
}

function configOf({ texts, version }: Variant, upstreamPort: number): string {
  // The values are ASCII, for which JSON's escapes are Cap'n Proto's too.
  const bindings = [
    `(name = "VERSION", json = ${JSON.stringify(JSON.stringify({ id: version }))})`,
    ...Object.entries(texts).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "upstream", external = (address = "127.0.0.1:${upstreamPort}", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  compatibilityDate = "2026-07-30",
  compatibilityFlags = ["enable_request_signal"],
  globalOutbound = "upstream",
  bindings = [${bindings.join(", ")}],
);
`;
}
