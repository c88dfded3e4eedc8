/**
 * What can be wrong among the clients: names that two of them have, and more of them than a
 * Worker's variables hold. No repair leaves a client out by itself, since that would revoke it.
 */
import { MAX_BINDINGS, MAX_CLIENTS, maxRates } from "../worker/binding-size.ts";
import type { Fault, Repair } from "./faults.ts";
import type { Settings } from "./index.ts";
import { repeated } from "./rule.ts";

type Clients = Settings["clients"];

interface ClientRule {
  /** One text each. */
  problems(clients: Clients): readonly string[];
  repair: Repair;
}

const RULES: readonly ClientRule[] = [
  {
    problems: (clients) => repeated(namesOf(clients)).map((name) => `the client ${name} is named twice`),
    repair: { kind: "set", change: (all) => (all as unknown[]).filter(isFirstOfName) },
  },
  {
    problems: (clients) =>
      repeated(formerNamesOf(clients)).map(
        (name) => `two clients have the formerName ${name}, and only one can have its token`,
      ),
    repair: { kind: "edit", how: "take it out of all but one of them" },
  },
  {
    problems: (clients) =>
      formerNamesOf(clients)
        .filter((former) => namesOf(clients).includes(former))
        .map((name) => `${name} is given as a name and as a formerName, and only one client can have its token`),
    repair: { kind: "edit", how: "take it out of one of them" },
  },
  {
    problems: ({ length }) =>
      length > MAX_CLIENTS ? [`a stack has room for ${MAX_CLIENTS} clients, and ${length} are listed`] : [],
    repair: { kind: "edit", how: "take clients out that nobody needs (each one is revoked), or use a second stack" },
  },
  {
    problems(clients) {
      const rates = new Set(clients.flatMap(({ requestsPerMinute }) => requestsPerMinute ?? [])).size;
      const most = maxRates(clients.length);
      if (clients.length > MAX_CLIENTS || rates <= most) return [];
      return [
        `beside ${clients.length} clients a Worker's ${MAX_BINDINGS} variables hold ${most} different ` +
          `requestsPerMinute, and there are ${rates}`,
      ];
    },
    repair: { kind: "edit", how: "let clients share a rate" },
  },
];

export function clientFaults(clients: Clients): Fault[] {
  return RULES.flatMap(({ problems, repair }) =>
    problems(clients).map((problem) => ({ key: "clients", where: "clients", problem, repair })),
  );
}

function namesOf(clients: Clients): string[] {
  return clients.map(({ name }) => name);
}

function formerNamesOf(clients: Clients): string[] {
  return clients.flatMap(({ formerName }) => formerName ?? []);
}

/** Of clients as they are written: a name, or an object with one. */
function isFirstOfName(client: unknown, index: number, all: readonly unknown[]): boolean {
  const nameOf = (one: unknown) => (typeof one === "string" ? one : (one as { name: string }).name);
  return all.findIndex((other) => nameOf(other) === nameOf(client)) === index;
}
