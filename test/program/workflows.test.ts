/**
 * Rules for the workflows: which code may see a credential, what a job may write, and which
 * commands are run. Each rule is also tested with a bad file. The committed stack files are checked
 * against the program's schema.
 */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { currentModels, withoutFailover } from "../../infra/models/failover.ts";
import { faultLines, parseSettings } from "../../infra/settings/parse.ts";
import { describeEngine } from "../engine/engine.ts";
import { codeOf, DOCUMENTS } from "./documents.ts";

const ROOT = join(import.meta.dirname, "../..");

interface Step {
  uses?: string;
  run?: string;
  with?: Readonly<Record<string, unknown>>;
}
interface Job {
  if?: string;
  uses?: string;
  environment?: unknown;
  secrets?: unknown;
  permissions?: Readonly<Record<string, string>>;
  concurrency?: { group: string; "cancel-in-progress": boolean };
  with?: Readonly<Record<string, string>>;
  steps?: readonly Step[];
}
interface Workflow {
  on?: Readonly<Record<string, unknown>>;
  permissions?: Readonly<Record<string, string>>;
  concurrency?: { group: string };
  jobs?: Readonly<Record<string, Job>>;
  /** The steps of a composite action; undefined for a workflow. */
  runs?: { steps: readonly Step[] };
}

const TRIGGERS = ["pull_request", "push", "schedule", "workflow_call", "workflow_dispatch"];
/**
 * The permissions that a job may have, each with a condition. A job that can write to GitHub must
 * not run code from other places.
 */
const PERMISSIONS: Readonly<Record<string, (job: Job) => boolean>> = {
  "contents: read": () => true,
  "id-token: write": (job) => isStackCall(job) || job.environment !== undefined,
  "pull-requests: write": (job) => runsNoCode(job),
  "issues: write": (job) => runsNoCode(job),
};
/** The commands of stack.yml that do not change a stack. */
const READS = ["preview", "drift"];
const OWN_BRANCH = "github.event.pull_request.head.repo.full_name == github.repository";

const isStackCall = (job: Job) => job.uses === "./.github/workflows/stack.yml";
const runsNoCode = (job: Job) => !job.uses && !job.secrets && (job.steps ?? []).every(({ uses }) => !uses);
const holdsCredentials = (job: Job) =>
  isStackCall(job) ||
  job.environment !== undefined ||
  job.permissions?.["id-token"] !== undefined ||
  /"secrets"|\bsecrets[.[]/.test(JSON.stringify(job));
const jobsOf = ({ jobs = {} }: Workflow) => Object.entries(jobs);
const stepsOf = (workflow: Workflow) => [
  ...(workflow.runs?.steps ?? []),
  ...jobsOf(workflow).flatMap(([, { steps = [] }]) => steps),
];

interface Rule {
  rule: string;
  faults(workflow: Workflow, text: string): readonly string[];
  /** A file that breaks the rule. */
  bad: string;
}

const RULES: readonly Rule[] = [
  {
    rule: "actions of other repositories are pinned by commit, with their version in a comment",
    faults: (_, text) =>
      [...text.matchAll(/^\s*(?:- )?uses: (?!\.\/)(.*)$/gm)]
        .map(([, reference = ""]) => reference)
        .filter((reference) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(reference)),
    bad: "runs:\n  steps:\n    - uses: a/b@v1",
  },
  {
    rule: "only events of this repository start a workflow",
    faults: ({ on = {} }) => Object.keys(on).filter((trigger) => !TRIGGERS.includes(trigger)),
    bad: "on: {pull_request_target: }",
  },
  {
    rule: "code of a fork never sees a credential",
    faults: (workflow) =>
      jobsOf(workflow)
        .filter(([, job]) => "pull_request" in (workflow.on ?? {}) && holdsCredentials(job))
        .filter(([, job]) => !conjuncts(job.if).includes(OWN_BRANCH))
        .map(([name]) => name),
    bad: `on: {pull_request: }\njobs: {a: {if: "true || ${OWN_BRANCH}", environment: dev}}`,
  },
  {
    rule: "permissions are minimal",
    faults: (workflow) => [
      ...(workflow.jobs && !workflow.permissions ? ["the workflow has none"] : []),
      ...jobsOf(workflow).flatMap(([name, job]) =>
        Object.entries(job.permissions ?? workflow.permissions ?? {})
          .filter(([scope, access]) => PERMISSIONS[`${scope}: ${access}`]?.(job) !== true)
          .map(([scope, access]) => `${name}: ${scope}: ${access}`),
      ),
    ],
    bad: "permissions: {}\njobs: {a: {permissions: {issues: write}, uses: ./x.yml}}",
  },
  {
    rule: "a checkout leaves no token behind",
    faults: (workflow) =>
      stepsOf(workflow)
        .filter((step) => step.uses?.startsWith("actions/checkout@") && step.with?.["persist-credentials"] !== false)
        .map(({ uses }) => uses ?? ""),
    bad: "jobs: {a: {steps: [{uses: actions/checkout@v7}]}}",
  },
  {
    rule: "a stack has one run at a time, and a run that changes it is never cancelled",
    faults: (workflow) =>
      jobsOf(workflow)
        .filter(([, job]) => isStackCall(job))
        .filter(([, { with: inputs, concurrency }]) =>
          READS.includes(inputs?.command ?? "")
            ? !(concurrency ?? workflow.concurrency)
            : concurrency?.["cancel-in-progress"] !== false,
        )
        .map(([name]) => name),
    bad: "concurrency: {group: a}\njobs: {a: {uses: ./.github/workflows/stack.yml, with: {command: up}}}",
  },
  {
    rule: "no script contains an expression of GitHub",
    faults: (workflow) => stepsOf(workflow).flatMap(({ run = "" }) => run.match(/\$\{\{.*?\}\}/g) ?? []),
    bad: `jobs: {a: {steps: [{run: "echo $\{{ github.head_ref }}"}]}}`,
  },
  {
    rule: "no download is run without a check of its digest",
    faults: (workflow) =>
      stepsOf(workflow).flatMap(({ run = "" }) => [
        ...(run.match(/\bnpx\b|\bnpm (?:exec|install|i)\b|\|\s*(?:ba)?sh\b/g) ?? []),
        ...(/\b(?:curl|wget)\b/.test(run) && !/\bsha256sum --check\b/.test(run) ? ["a download without a digest"] : []),
      ]),
    bad: "runs: {steps: [{run: 'npx --yes pulumi@3.259.0 version'}]}",
  },
  {
    rule: "the pulumi commands and their options are known",
    faults: (workflow) => stepsOf(workflow).flatMap(({ run = "" }) => commandsOf(run).flatMap(unknownParts)),
    bad: "jobs: {a: {steps: [{run: 'pulumi up --yes --quietly'}]}}",
  },
  {
    rule: "nothing prints a secret",
    faults: (_, text) => [...printsSecrets(text), ...(text.match(/--show-secrets|\bset -\w*x/g) ?? [])],
    bad: "jobs: {a: {steps: [{run: 'pulumi up --yes --json'}]}}",
  },
];

/** All pulumi commands in the workflows and documents, with their options there. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  cancel: [],
  "config cp": ["--stack", "--dest"],
  "config rm": ["--stack"],
  "config set": ["--stack", "--secret", "--path"],
  destroy: ["--stack", "--yes", "--remove", "--run-program", "--suppress-progress"],
  login: [],
  new: ["--dir"],
  "org set-default": [],
  "plugin install": [],
  preview: ["--stack", "--diff", "--expect-no-changes", "--refresh", "--run-program", "--suppress-progress"],
  refresh: ["--clear-pending-creates", "--run-program", "--stack", "--yes"],
  "stack change-secrets-provider": ["--stack"],
  "stack export": [],
  "stack init": ["--copy-config-from", "--secrets-provider"],
  "stack output": ["--stack", "--show-secrets"],
  "stack rename": [],
  "stack rm": [],
  "stack select": [],
  "state unprotect": ["--all", "--stack", "--yes"],
  up: ["--refresh", "--replace", "--run-program", "--stack", "--suppress-progress", "--yes"],
};

/** Options with which the engine prints secrets as plain text (docs/security.md). */
const PRINTS_SECRETS = [
  /\bpulumi\b.*\b(up|update|destroy|refresh|import)\b.*(\s--json\b|\s-j\b)/,
  /--event-log\b/,
  /\bpulumi\b.*(\s--debug\b|\s-d\s)/,
  /\bpulumi\b.*(\s-v[= ]?\d|\s--verbose\b|\s--logtostderr\b|\s--logflow\b)/,
  /\bPULUMI_DEBUG_GRPC\b/,
];

function printsSecrets(text: string): string[] {
  const lines = text.replaceAll(/\\\n\s*/g, " ").split("\n");
  return lines.filter((line) => PRINTS_SECRETS.some((pattern) => pattern.test(line)));
}

function conjuncts(condition = ""): string[] {
  // With `||` at the top level no part is a necessary condition.
  const top = condition.replaceAll(/\([^()]*(?:\([^()]*\)[^()]*)*\)/g, "()");
  return top.includes("||") ? [] : top.split("&&").map((part) => part.trim().replaceAll(/\s+/g, " "));
}

/** @returns the rest of each command that begins with `pulumi` */
function commandsOf(script: string): string[] {
  const lines = script.replaceAll(/\\\n\s*/g, " ").split("\n");
  return lines.flatMap((line) =>
    [...line.matchAll(/(?:^|[;|&({]|\b(?:then|else|if|elif|!))\s*pulumi ([^;|&)#]*)/g)].map(([, rest = ""]) =>
      rest.trim(),
    ),
  );
}

function unknownParts(command: string): string[] {
  const name = Object.keys(COMMANDS).find((known) => `${command} `.startsWith(`${known} `));
  if (!name) return [`pulumi ${command}`];
  const options = command.match(/(?<![\w-])--?[a-z][a-z-]*/g) ?? [];
  return options
    .filter((option) => COMMANDS[name]?.includes(option) !== true)
    .map((option) => `pulumi ${name} ${option}`);
}

/** Settings that every stack needs and no committed file may have. */
const NOT_COMMITTED = {
  cloudflareAccountId: "0".repeat(32),
  googleProject: "a-project",
  anthropicApiKey: "sk-ant-12345678",
};

function stackFileFaults(text: string): string[] {
  const { config, ...rest } = parse(text);
  const parsed = parseSettings({ ...config, ...NOT_COMMITTED });
  return [
    ...Object.keys(rest),
    ...(parsed.kind === "faults" ? parsed.faults.map(({ problem }) => problem) : []),
    ...Object.keys(config).filter((key) => key in NOT_COMMITTED),
  ];
}

/**
 * @returns the file in git's index, because the file on disk may contain a developer's own settings
 */
function asCommitted(file: string): string {
  try {
    return execFileSync("git", ["show", `:${file}`], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return readFileSync(join(ROOT, file), "utf8");
  }
}

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const WORKFLOWS = globSync(".github/{workflows,actions/*}/*.yml", { cwd: ROOT }).sort();
const SCRIPTS = ["package.json", ...globSync(".ci/*", { cwd: ROOT })];

describe.each(RULES)("$rule", ({ faults, bad }) => {
  it.each(WORKFLOWS)("in %s", (file) => {
    expect(faults(parse(read(file)), read(file))).toEqual([]);
  });

  it("finds a file that breaks the rule", () => {
    expect(faults(parse(bad), bad)).not.toEqual([]);
  });
});

it("only stack.yml uses credentials of a cloud", () => {
  expect(WORKFLOWS.map((file) => basename(file))).toContain("stack.yml");
  const withCloud = WORKFLOWS.filter((file) =>
    /google-github-actions|CLOUDFLARE_API_TOKEN|secrets\.[A-Z]/.test(read(file)),
  );
  expect(withCloud).toEqual([".github/workflows/stack.yml"]);
});

describe("dependencies", () => {
  const { updates } = parse(read(".github/dependabot.yml")) as {
    updates: readonly {
      "package-ecosystem": string;
      directory?: string;
      directories?: readonly string[];
      groups: Readonly<Record<string, { patterns: readonly string[] }>>;
    }[];
  };
  const covered = (ecosystem: string) =>
    updates
      .filter((update) => update["package-ecosystem"] === ecosystem)
      .flatMap(({ directory, directories = [] }) => [...directories, ...(directory ? [directory] : [])])
      .map((directory) => join("/", directory));

  it("are updated in every folder with a lockfile", () => {
    const exclude = ["**/node_modules", ".stryker-tmp"];
    const lockfiles = globSync("**/package-lock.json", { cwd: ROOT, exclude });
    expect(covered("npm").sort()).toEqual(lockfiles.map((file) => join("/", dirname(file))).sort());
  });

  it("are updated in every folder with an action", () => {
    const actions = WORKFLOWS.filter((file) => file.includes("/actions/")).map((file) => join("/", dirname(file)));
    // Dependabot's name for .github/workflows is the root.
    expect(covered("github-actions").sort()).toEqual(["/", ...actions].sort());
  });

  it("of Pulumi are updated in one pull request", () => {
    const groups = updates.flatMap((update) => Object.values(update.groups));
    expect(groups.filter(({ patterns }) => patterns.includes("@pulumi/*"))).toEqual([{ patterns: ["@pulumi/*"] }]);
  });

  it("that run with credentials are audited for high severity", () => {
    const scripts = stepsOf(parse(read(".github/workflows/ci.yml"))).map(({ run = "" }) => run);
    expect(scripts).toContain("npm audit --omit=dev --audit-level=high");
  });
});

it("CI runs the demonstration on the oldest Node that package.json allows", () => {
  const [, oldest] = /^\^(\d+\.\d+)/.exec(JSON.parse(read("package.json")).engines.node) ?? [];
  const { steps = [] } = parse(read(".github/workflows/ci.yml")).jobs["oldest-node"] as Job;
  expect(steps.map((step) => step.with?.["node-version"]).filter(Boolean)).toEqual([`${oldest}.0`]);
});

it("no script and no document uses an option that prints secrets as plain text", () => {
  const faults = [...SCRIPTS.map(read), ...DOCUMENTS.map((file) => codeOf(read(file)))].flatMap(printsSecrets);
  expect(faults).toEqual([]);
  const bad = ["pulumi up \\\n  --yes --json", "pulumi preview --event-log x", "pulumi up --debug", "pulumi up -v=9"];
  expect(bad.filter((line) => printsSecrets(line).length === 0)).toEqual([]);
  expect(printsSecrets(codeOf("Never `pulumi up --json`:\n\n    pulumi up\n"))).toEqual([]);
});

it("the pulumi commands in the documents are known", () => {
  const commands = DOCUMENTS.flatMap((file) => commandsOf(codeOf(read(file))));
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.flatMap(unknownParts)).toEqual([]);
});

describeEngine("the CLI", () => {
  it.each(Object.entries(COMMANDS))("has the command pulumi %s and its options", (command, options) => {
    const help = execFileSync("pulumi", [...command.split(" "), "--help"], { encoding: "utf8" });
    expect(options.filter((option) => !new RegExp(`${option}\\b`).test(help))).toEqual([]);
  });
});

describe("a committed stack file", () => {
  const files = ["Pulumi.dev.yaml", "Pulumi.prod.yaml"];

  it.each(files)("%s contains only valid settings, without secrets and account ids", (file) => {
    expect(stackFileFaults(asCommitted(file))).toEqual([]);
  });

  it("is one of the two known files", () => {
    const committed = execFileSync("git", ["ls-files", "Pulumi.*.yaml"], { cwd: ROOT, encoding: "utf8" }).trim();
    expect(committed.split("\n").filter((file) => !files.includes(file))).toEqual([]);
  });

  it("protects production", () => {
    expect(parse(asCommitted("Pulumi.prod.yaml")).config.protect).toBe(true);
  });

  it("says what each narrower choice of locations costs in production", () => {
    const comment = asCommitted("Pulumi.prod.yaml").replaceAll(/\n {2}# {5}/g, " ");
    const said = [...comment.matchAll(/^ {2}# {3}(\[.*\]): (.*);/gm)].map(([, list = "", models = ""]) => {
      const vertexLocations: string[] = JSON.parse(list);
      // Day 0, so that the list of the file does not change because a day has passed.
      const lost = withoutFailover(currentModels(0), { vertexLocations, models: {} });
      return [models, lost.join(", ") || "none"];
    });

    expect(said).toHaveLength(2);
    for (const [models, lost] of said) expect(models).toBe(lost);
  });

  it("lets every current model fail over in production", () => {
    const parsed = parseSettings({ ...NOT_COMMITTED, ...parse(asCommitted("Pulumi.prod.yaml")).config });

    if (parsed.kind === "faults") throw new Error(faultLines(parsed.faults));
    expect(withoutFailover(currentModels(Date.now()), parsed.settings)).toEqual([]);
  });

  it.each([
    "{config: {}, encryptionsalt: v1}",
    "{config: {anthropicApiKey: {secure: v1}}}",
    "{config: {gatewayToken: x}}",
    "{config: {cloudflareAccountId: '0'}}",
    "{config: {claude-failover:routing: direct}}",
    "{config: {vertexLocations: [us], allowedLocations: [eu]}}",
  ])("with the content %s is refused", (text) => {
    expect(stackFileFaults(text)).not.toEqual([]);
  });
});
