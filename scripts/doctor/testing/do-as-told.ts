/**
 * Does what a cure of doctor says, as far as it is a command: settings, runs of Pulumi, `gcloud`,
 * and this project's own commands. So a cure that cannot be typed, or that does not help, fails a
 * test.
 */
import { randomHex } from "../../../local/state/ids.ts";
import { runOperator } from "../../testing/operator.ts";
import type { Patient } from "./patient.ts";

/** What a person writes for the words in capital letters, and types for a secret. */
export type Typed = Readonly<Record<string, string>>;

type Command = readonly [pattern: RegExp, run: (patient: Patient, parts: readonly string[], typed: Typed) => unknown];

const COMMANDS: readonly Command[] = [
  [/^pulumi config set --secret (\w+)$/, (patient, [key = ""], typed) => patient.stack.set(key, typed[key])],
  [/^pulumi config set (\w+) '?(.+?)'?$/, (patient, [key = "", text = ""]) => patient.stack.set(key, parsed(text))],
  [/^pulumi config rm (\w+)$/, (patient, [key = ""]) => patient.stack.set(key, undefined)],
  [/^pulumi up$/, (patient) => patient.up()],
  [/^pulumi up --refresh --run-program$/, (patient) => patient.up({ refresh: true })],
  [/^read -rs CLOUDFLARE_API_TOKEN$/, () => undefined],
  [/^export CLOUDFLARE_API_TOKEN$/, (patient) => patient.newDeployToken()],
  [
    /^gcloud services enable (.+) --project (\S+)$/,
    ({ project }, [names = ""]) => names.split(" ").forEach((name) => void project.enabledServices.add(name)),
  ],
  [
    /^gcloud projects undelete (\S+)$/,
    ({ project }) => {
      project.lifecycleState = "ACTIVE";
    },
  ],
  [
    /^gcloud projects add-iam-policy-binding (\S+) --member user:YOU --role (\S+)$/,
    ({ project, cloud }, [, role = ""]) => {
      project.policy.set(role, new Set([...(project.policy.get(role) ?? []), cloud.context.user]));
    },
  ],
  [
    /^gcloud billing projects link (\S+) --billing-account ACCOUNT_ID$/,
    ({ project }) => {
      project.billingAccount = "billingAccounts/01LOCA-LCLOUD-000000";
    },
  ],
  [
    /^gcloud iam roles undelete (\S+) --project \S+$/,
    ({ project }, [id = ""]) => Object.assign(existing(project.customRoles.get(id)), { deleted: false }),
  ],
  [
    /^gcloud iam workload-identity-pools undelete (\S+) --location global --project \S+$/,
    ({ project }, [id = ""]) => Object.assign(existing(project.pools.get(id)), { deleted: false }),
  ],
  [
    /^gcloud iam workload-identity-pools update (\S+) --location global --project \S+ --no-disabled$/,
    ({ project }, [id = ""]) => Object.assign(existing(project.pools.get(id)), { disabled: false }),
  ],
  [
    /^gcloud iam service-accounts keys delete (\S+) --iam-account (\S+)$/,
    ({ project }, [id = "", email = ""]) => existing(project.serviceAccounts.get(email)).keys.delete(id),
  ],
  [/^npm run leaks -- --delete$/, deleteLeaks],
  [
    /^npm run rotate -- gatewayToken$/,
    async (patient) => {
      patient.stack.set("rotation", { gatewayToken: { epoch: 2 } });
      await patient.up();
    },
  ],
];

/** @param cure as printed; what follows a comma, a semicolon or a bracket is for the reader */
export async function doAsTold(patient: Patient, cure: string, typed: Typed = {}): Promise<void> {
  const [commands = ""] = cure.split(/[,;] | \(/);
  for (const text of commands.split(" && ")) {
    const filled = Object.entries(typed).reduce((command, [word, value]) => command.replace(word, value), text);
    const found = COMMANDS.flatMap(([pattern, run]) => {
      const parts = pattern.exec(isSecret(text) ? text : filled)?.slice(1);
      return parts ? [() => run(patient, parts, typed)] : [];
    })[0];
    if (!found) throw new Error(`nobody can do this: ${text}`);
    await found();
  }
}

/** Asks for the confirmation that the command wants, and gives it. */
async function deleteLeaks({ cloud }: Patient): Promise<void> {
  const argv = ["leaks", "--local", cloud.url, "--delete"];
  const asked = await runOperator(argv);
  const [, name = ""] = /--confirm '?([^'\n]+)'?/.exec(asked.stderr) ?? [];
  const ran = await runOperator([...argv, "--confirm", name]);
  if (ran.status !== 0) throw new Error(`leaks: ${asked.stderr}${ran.stdout}${ran.stderr}`);
}

function isSecret(command: string): boolean {
  return command.startsWith("pulumi config set --secret");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function existing<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error("the command names something that does not exist");
  return thing;
}

/** An id that nothing has. */
export function unknownId(): string {
  return randomHex(32);
}
