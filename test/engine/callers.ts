/**
 * Clients that call a stack at its addresses while it changes. They reach the Worker that
 * Cloudflare would serve at the address at that moment: the Worker of the custom domain, or the
 * Worker with that name if workers.dev is enabled. Access lets these clients pass, because they have
 * a service token; `isOpen` says whether somebody without one would reach the Worker.
 */
import { accessAt, type CloudflareAccount, type Script } from "../../local/state/index.ts";
import type { Engine } from "./engine.ts";
import { UploadedWorker } from "./uploaded-worker.ts";

const UNREACHABLE = ["no Worker at this address"];

/** @param by the target that answers while Anthropic works, and the one while it is overloaded */
export function isServed(by: readonly (string | null)[]): boolean {
  const [whileHealthy, whileOverloaded] = by;
  return whileHealthy === "anthropic" && whileOverloaded?.startsWith("vertex/") === true;
}

export class Callers {
  readonly #engine: Engine;
  /** The keys are account and name. */
  readonly #workers = new Map<string, UploadedWorker>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async stop(): Promise<void> {
    for (const worker of this.#workers.values()) await worker.stop();
  }

  /** @param url the stack's `url` output */
  async ask(url: string, token: string): Promise<readonly (string | null)[]> {
    const script = this.#at(new URL(url).hostname);
    if (!script) return UNREACHABLE;
    const key = `${script.account.id}/${script.name}`;
    const current = () => script.account.scripts.get(script.name) ?? script;
    const worker = this.#workers.get(key) ?? (await UploadedWorker.of(this.#engine.cloud, current));
    this.#workers.set(key, worker);
    return worker.servedBy(token);
  }

  /** @returns whether a Worker answers there without Cloudflare Access in front */
  isOpen(url: string): boolean {
    const { hostname } = new URL(url);
    const script = this.#at(hostname);
    return script !== undefined && accessAt(script.account, hostname, script) === undefined;
  }

  #at(hostname: string): Script | undefined {
    for (const account of this.#engine.cloud.context.state.accounts.values()) {
      const script = scriptAt(account, hostname);
      if (script) return script;
    }
    return undefined;
  }
}

function scriptAt({ scripts, subdomain, customDomains }: CloudflareAccount, hostname: string): Script | undefined {
  const domain = [...customDomains.values()].find((candidate) => candidate.hostname === hostname);
  if (domain) return scripts.get(domain.service);
  const [name, below] = [hostname.split(".")[0] ?? "", hostname.slice(hostname.indexOf(".") + 1)];
  const script = below === `${subdomain}.workers.dev` ? scripts.get(name) : undefined;
  return script?.subdomainEnabled ? script : undefined;
}
