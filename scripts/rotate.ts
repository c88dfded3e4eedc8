/**
 * `npm run rotate -- SECRET`: one rotation, step by step. Each step is shown before it is done.
 * Where the rotation stands is read from the stack each time, so the same command goes on after an
 * interrupt. The old secret is revoked only when nobody has used it for a while.
 */
import type { OperatorCommand } from "./command/command.ts";
import { toMilliseconds } from "./command/duration.ts";
import { GIVEN_KEYS, rotateGivenKey } from "./rotate/given-key.ts";
import { rotateMinted } from "./rotate/minted.ts";
import { Walk } from "./rotate/walk.ts";

/** A client may call only now and then. */
const CLIENT_QUIET_MS = 600_000;
/** The Worker itself uses the other secrets, with every request. */
const OTHER_QUIET_MS = 60_000;

export const rotate: OperatorCommand = {
  name: "rotate",
  summary: "one rotation of a secret, step by step; the same command goes on after an interrupt",
  configure(command) {
    command
      .argument("<secret>", "client:NAME, gatewayToken, google, anthropicApiKey or bedrockApiKey")
      .option(
        "--quiet-for <duration>",
        "how long nobody must have used the old secret (default: 10m for a client's token, 1m for the others)",
        toMilliseconds,
      )
      .option("--again", "start another rotation, though the last one has ended within the hour")
      .option("-y, --yes", "do each step without asking");
  },
  async run(session, { argument, quietFor, again, yes }) {
    const secret = String(argument);
    const quietMs = secret.startsWith("client:") ? CLIENT_QUIET_MS : OTHER_QUIET_MS;
    const walk = new Walk(session, {
      secret,
      quietMs: typeof quietFor === "number" ? quietFor : quietMs,
      again: again === true,
      yes: yes === true,
    });
    const given = GIVEN_KEYS.find(({ name }) => name === secret);
    await (given ? rotateGivenKey(walk, given) : rotateMinted(walk));
    return { exitCode: "fine", report: { command: "rotate", outcome: "rotated", secret, steps: walk.done } };
  },
};
