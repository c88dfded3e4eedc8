/**
 * Runs the `pulumi` of the PATH in a scratch folder with its own file backend. A run gets only the
 * environment variables that its caller gives, none of the shell's. The CLI is never downloaded.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";

const ROOT = join(import.meta.dirname, "../..");

/** Undefined if there is no CLI. */
export const PULUMI_FOLDER = process.env.PATH?.split(delimiter).find((folder) => {
  try {
    accessSync(join(folder, "pulumi"), constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

export interface Run {
  exitCode: number | null;
  /** Both streams, as a terminal or a CI log shows them. */
  output: string;
  stdout: string;
}

export class PulumiCli {
  readonly folder = mkdtempSync(join(tmpdir(), "claude-failover-"));
  readonly #environment: () => Readonly<Record<string, string>>;

  /** @param environment gives the variables of each run */
  constructor(environment: () => Readonly<Record<string, string>>) {
    this.#environment = environment;
    for (const name of ["backend", "home"]) mkdirSync(join(this.folder, name));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** @param onStart gets a function that sends the CLI a signal */
  async run(args: readonly string[], onStart?: (kill: (signal: NodeJS.Signals) => void) => void): Promise<Run> {
    const child = spawn("pulumi", [...args, "--non-interactive"], {
      cwd: this.folder,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    onStart?.((signal) => child.kill(signal));
    const exit = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    return { exitCode, stdout, output: `${stdout}\n${stderr}` };
  }

  get environment(): Record<string, string> {
    return { ...this.#defaults(), ...this.#environment() };
  }

  /**
   * The project's Node comes first, because an older Node on the machine cannot run the program.
   */
  #defaults(): Record<string, string> {
    const path = [join(ROOT, "node_modules/.bin"), PULUMI_FOLDER, dirname(process.execPath), "/usr/bin", "/bin"];
    return {
      PATH: path.join(delimiter),
      HOME: this.folder,
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_BACKEND_URL: `file://${join(this.folder, "backend")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      NO_COLOR: "1",
    };
  }
}
