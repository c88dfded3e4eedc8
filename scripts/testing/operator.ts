/** Runs an operator's command in a test, as `npm run` does, and collects what it prints. */
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { operate } from "../operator.ts";

export interface Ran {
  status: number;
  /** Without colours. */
  stdout: string;
  /** With colours and everything else that a terminal gets. */
  raw: string;
  stderr: string;
  /** The report of `--json`; undefined without it. */
  report: Readonly<Record<string, unknown>> | undefined;
}

export interface RunOptions {
  environment?: Readonly<Record<string, string>>;
  /** Aborted: Ctrl-C. */
  signal?: AbortSignal;
  /** Columns of a terminal. Absent: output and input are pipes. */
  columns?: number;
  /** Of the Pulumi project. */
  folder?: string;
  /** Typed at prompts. */
  typed?: string;
}

/** @param argv such as `["models", "--local", url, "--json"]` */
export async function runOperator(
  argv: readonly string[],
  { environment = {}, signal = new AbortController().signal, columns, typed, folder }: RunOptions = {},
): Promise<Ran> {
  const texts = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => {
    const stream = new PassThrough();
    stream.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
    return Object.assign(stream, columns === undefined ? {} : { isTTY: true, columns });
  };
  const stdin = Object.assign(new PassThrough(), columns === undefined ? {} : { isTTY: true, setRawMode: () => stdin });
  if (columns === undefined) stdin.end(typed);
  else if (typed !== undefined) stdin.write(typed);
  const [stdout, stderr] = [sink("stdout"), sink("stderr")];
  const status = await operate(argv, { streams: { stdin, stdout, stderr, environment }, signal, folder });
  // Streams hand on what was written a moment later.
  await new Promise(setImmediate);
  const isJson = argv.includes("--json");
  return {
    status,
    stdout: stripVTControlCharacters(texts.stdout),
    raw: texts.stdout,
    stderr: stripVTControlCharacters(texts.stderr),
    report: isJson ? JSON.parse(texts.stdout.trim().split("\n").at(-1) || "null") : undefined,
  };
}
