/**
 * Rules about the list of clients: two clients must not share a name, and the clients must fit into
 * a Worker's variables. No repair removes a client, because that would revoke the client's token.
 */
import { MAX_BINDINGS, MAX_CLIENTS, maxRates } from "../worker/binding-size.ts";
import type { Fault, Repair } from "./faults.ts";
import type { Settings } from "./index.ts";
import { repeated } from "./rule.ts";

type Clients = Settings["clients"];

interface ClientRule {
  /** One text for each problem. */
  problems(clients: Clients, hasBedrock: boolean): readonly string[];
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
        (name) => `two clients have the formerName ${name}, but only one client can keep its token`,
      ),
    repair: { kind: "edit", how: "remove the formerName from all but one of them" },
  },
  {
    problems: (clients) =>
      formerNamesOf(clients)
        .filter((former) => namesOf(clients).includes(former))
        .map(
          (name) =>
            `${name} is the name of one client and the formerName of another, but only one client can keep its token`,
        ),
    repair: { kind: "edit", how: "remove the name or the formerName" },
  },
  {
    problems: ({ length }) =>
      length > MAX_CLIENTS ? [`a stack can have ${MAX_CLIENTS} clients, and the list has ${length}`] : [],
    repair: { kind: "edit", how: "remove clients that nobody needs (their tokens are revoked), or use a second stack" },
  },
  {
    problems(clients, hasBedrock) {
      const rates = new Set(clients.flatMap(({ requestsPerMinute }) => requestsPerMinute ?? [])).size;
      const most = maxRates(clients.length, hasBedrock);
      if (clients.length > MAX_CLIENTS || rates <= most) return [];
      return [
        `a Worker's ${MAX_BINDINGS} variables hold ${clients.length} clients and ${most} different values of ` +
          `requestsPerMinute, and there are ${rates} values`,
      ];
    },
    repair: { kind: "edit", how: "give several clients the same value" },
  },
];

export function clientFaults({ clients, bedrock }: Pick<Settings, "clients" | "bedrock">): Fault[] {
  return RULES.flatMap(({ problems, repair }) =>
    problems(clients, bedrock !== undefined).map((problem) => ({ key: "clients", where: "clients", problem, repair })),
  );
}

function namesOf(clients: Clients): string[] {
  return clients.map(({ name }) => name);
}

function formerNamesOf(clients: Clients): string[] {
  return clients.flatMap(({ formerName }) => formerName ?? []);
}

/** @param client as in the configuration: a name, or an object with a name */
function isFirstOfName(client: unknown, index: number, all: readonly unknown[]): boolean {
  const nameOf = (one: unknown) => (typeof one === "string" ? one : (one as { name: string }).name);
  return all.findIndex((other) => nameOf(other) === nameOf(client)) === index;
}
