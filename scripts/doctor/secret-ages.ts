/** How old each secret of the stack is. An old one is a note: when to rotate is the team's rule. */
import type { StackResource } from "../stack/stack.ts";
import { type Found, fine, note } from "./found.ts";
import type { RunToken } from "./gateway.ts";
import type { LiveKey } from "./google-identity.ts";
import { rotationCommand, type Secret } from "./rotation-command.ts";
import { epochOf, newest, ofType } from "./state.ts";
import type { Subject } from "./subject.ts";

const DAY_MS = 24 * 3_600_000;
const OLD_DAYS = 90;
const CLIENT = /-clients-(.+)-\d+$/;

export function runTokenAge(tokens: readonly RunToken[], nowMs = Date.now()): Found<undefined> {
  const [used] = tokens.toSorted((a, b) => b.epoch - a.epoch);
  if (!used) return fine("not minted by the stack, so its age is not known");
  return age(used.issuedOn === undefined ? undefined : Date.parse(used.issuedOn), "gatewayToken", nowMs);
}

export function googleCredentialAge(
  keys: readonly LiveKey[],
  { resources }: Subject,
  nowMs = Date.now(),
): Found<undefined> {
  const signing = newest(ofType(resources, "signingKey"));
  if (signing) return age(signing.createdMs, "google", nowMs);
  const created = keys.map(({ createdOn }) => Date.parse(createdOn));
  return age(created.length === 0 ? undefined : Math.max(...created), "google", nowMs);
}

/** One line for all clients: a stack may have a thousand. */
export function clientTokenAges({ resources }: Subject, nowMs = Date.now()): Found<undefined> {
  const byClient = Map.groupBy(ofType(resources, "clientToken"), ({ name }) => CLIENT.exec(name)?.[1] ?? name);
  const used = [...byClient].flatMap(([client, tokens]) => {
    const token = tokens.toSorted((a, b) => epochOf(b) - epochOf(a))[0];
    return token?.createdMs === undefined ? [] : [{ client, days: daysOf(token, nowMs) }];
  });
  const [oldest] = used.toSorted((a, b) => b.days - a.days);
  if (!oldest) return fine("the state does not say how old they are");
  const old = used.filter(({ days }) => days > OLD_DAYS);
  if (old.length === 0) return fine(`the oldest of ${used.length} is ${days(oldest.days)} old (${oldest.client})`);
  const text = `${old.length} of ${used.length} are over ${OLD_DAYS} days old; the oldest is ${oldest.client}, ${days(oldest.days)}`;
  return note(text, rotationCommand({ client: oldest.client }));
}

function age(createdMs: number | undefined, secret: Secret, nowMs: number): Found<undefined> {
  if (createdMs === undefined || Number.isNaN(createdMs)) return fine("how old it is, is not recorded");
  const old = Math.floor((nowMs - createdMs) / DAY_MS);
  return old > OLD_DAYS ? note(`${days(old)} old`, rotationCommand(secret)) : fine(`${days(old)} old`);
}

function daysOf({ createdMs = 0 }: StackResource, nowMs: number): number {
  return Math.floor((nowMs - createdMs) / DAY_MS);
}

function days(count: number): string {
  return count === 1 ? "1 day" : `${count} days`;
}
