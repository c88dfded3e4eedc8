import { describe, expect, it } from "vitest";
import { epochFaults } from "./epochs.ts";
import { SETTINGS, type Settings } from "./index.ts";

const REQUIRED = {
  cloudflareAccountId: "0".repeat(32),
  googleProject: "a-project",
  anthropicApiKey: "sk-ant-12345678",
};

/** Logical names as in the program's state. */
const client = (name: string, ...epochs: number[]) => epochs.map((epoch) => `claude-failover-clients-${name}-${epoch}`);
const runToken = (...epochs: number[]) => epochs.map((epoch) => `claude-failover-gateway-run-${epoch}`);
const googleKey = (...epochs: number[]) => epochs.map((epoch) => `claude-failover-vertex-key-${epoch}`);
const signingKey = (...epochs: number[]) => epochs.map((epoch) => `claude-failover-vertex-signing-key-${epoch}`);

interface Case {
  what: string;
  settings: object;
  made: readonly string[];
}

const ACCEPTED: readonly Case[] = [
  { what: "any epoch of a new stack", settings: { clients: [{ name: "ci", epoch: 7 }] }, made: [] },
  { what: "an unchanged epoch", settings: { clients: [{ name: "ci", epoch: 2 }] }, made: client("ci", 2, 1) },
  { what: "an epoch raised by one", settings: { clients: [{ name: "ci", epoch: 3 }] }, made: client("ci", 2, 1) },
  { what: "an epoch lowered to one whose token exists", settings: { clients: ["ci"] }, made: client("ci", 2, 1) },
  {
    what: "any epoch of a new client whose name begins with another client's name",
    settings: { clients: ["ci", { name: "ci-2", epoch: 5 }] },
    made: client("ci", 1),
  },
  {
    what: "the epoch of a client that is renamed",
    settings: { clients: [{ name: "build", formerName: "ci", epoch: 4 }] },
    made: client("ci", 4, 3),
  },
  {
    what: "an epoch raised by one if a Google key and a signing key exist",
    settings: { rotation: { google: { epoch: 2 } } },
    made: [...googleKey(1), ...signingKey(1)],
  },
  {
    what: "any epoch of a run token that the user provides",
    settings: { gatewayToken: "g".repeat(40), rotation: { gatewayToken: { epoch: 9 } } },
    made: runToken(1),
  },
];

const REFUSED: readonly (Case & { where: string; problem: RegExp; repaired: unknown })[] = [
  {
    what: "a client's epoch raised by two",
    settings: { clients: ["app", { name: "ci", epoch: 3, operator: true }] },
    made: [...client("app", 1), ...client("ci", 1)],
    where: "clients[1].epoch",
    problem: /^raised from 1 to 3/,
    repaired: ["app", { name: "ci", epoch: 2, operator: true }],
  },
  {
    what: "a client's epoch lowered to one whose token is gone",
    settings: { clients: ["ci"] },
    made: client("ci", 3, 2),
    where: "clients[0].epoch",
    problem: /^lowered from 3 to 1/,
    repaired: [{ name: "ci", epoch: 3 }],
  },
  {
    what: "the epoch of a renamed client raised by two",
    settings: { clients: [{ name: "build", formerName: "ci", epoch: 3 }] },
    made: client("ci", 1),
    where: "clients[0].epoch",
    problem: /^raised from 1 to 3/,
    repaired: [{ name: "build", formerName: "ci", epoch: 2 }],
  },
  {
    what: "the run token's epoch raised by two and the Google key's epoch unchanged",
    settings: { rotation: { gatewayToken: { epoch: 4 }, google: { epoch: 2 } } },
    made: [...runToken(2, 1), ...googleKey(2, 1)],
    where: "rotation.gatewayToken.epoch",
    problem: /^raised from 2 to 4/,
    repaired: { gatewayToken: { epoch: 3 }, google: { epoch: 2 } },
  },
  {
    what: "the signing key's epoch raised by two",
    settings: { rotation: { google: { epoch: 3 } } },
    made: signingKey(1),
    where: "rotation.google.epoch",
    problem: /^raised from 1 to 3/,
    repaired: { google: { epoch: 2 } },
  },
];

function parsed(settings: object): Settings {
  return SETTINGS.parse({ ...REQUIRED, ...settings });
}

describe("the check of epochs", () => {
  it.each(ACCEPTED)("accepts $what", ({ settings, made }) => {
    expect(epochFaults(parsed(settings), made)).toEqual([]);
  });

  it.each(REFUSED)(
    "refuses $what, and its repair sets the right epoch",
    ({ settings, made, where, problem, repaired }) => {
      const [fault, ...others] = epochFaults(parsed(settings), made);

      expect(others).toEqual([]);
      expect(fault).toMatchObject({ where, problem: expect.stringMatching(problem) });
      const given = Object.entries(settings).find(([key]) => key === fault?.key)?.[1];
      expect(fault?.repair.kind === "set" && fault.repair.change(given)).toEqual(repaired);
    },
  );
});
