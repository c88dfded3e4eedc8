/** The rotation of a secret that the stack mints: a client's token, the run token, the Google credential. */
import { Failure } from "../command/failure.ts";
import type { StackResource } from "../stack/stack.ts";
import { nextStep } from "./next-step.ts";
import { type MintedSecret, mintedSecret } from "./secret.ts";
import type { Walk } from "./walk.ts";

/** A rotation that has just ended is not started again by the same command. */
const FRESH_MS = 3_600_000;

export async function rotateMinted(walk: Walk): Promise<void> {
  const { stack, output } = walk.session;
  for (;;) {
    const configured = await stack.configured();
    const resources = await stack.resources();
    const secret = mintedSecret(walk.options.secret, configured);
    const { title, key, write } = secret;
    const deployed = secret.epochs(resources);
    if (deployed.length === 0) throw new Failure("usage", `the stack does not have ${title} yet`, "pulumi up");
    const next = nextStep(secret.read(configured), deployed);
    switch (next.kind) {
      case "start": {
        if (walk.done.length > 0) {
          output.say(output.color.green(`Done: only ${title} of epoch ${next.from} is accepted.`));
          return;
        }
        if (!walk.options.again) refuseIfFresh(secret, next.from, resources);
        const value = write(configured, { epoch: next.to, revokePrevious: false });
        await walk.step(`set ${key}: ${title} gets epoch ${next.to}, after ${next.from}`, () => stack.set(key, value));
        break;
      }
      case "make":
        await walk.step(`pulumi up makes ${title} of epoch ${next.epoch}; the one before stays valid`, () => walk.up());
        break;
      case "change over": {
        await walk.step("wait until the new version of the Worker answers everywhere", () => walk.settle());
        // Not before: a location with the old version would refuse the new token.
        if (secret.handOver !== undefined) output.say(`  Now ${secret.handOver}`);
        const old = {
          use: secret.previousUse,
          newMadeMs: createdMs(secret, next.epoch, resources),
          cure: secret.handOver ?? "npm run status shows why the new one is refused",
        };
        const quietS = walk.options.quietMs / 1_000;
        await walk.step(`make sure that nobody has used the old secret for ${quietS} s`, () => walk.requireUnused(old));
        const value = write(configured, { epoch: next.epoch, revokePrevious: true });
        await walk.step(`set ${key}: ${title} of epoch ${next.epoch - 1} is revoked`, () => stack.set(key, value));
        break;
      }
      case "revoke":
        await walk.step(`pulumi up deletes ${title} of epoch ${next.epoch - 1}`, () => walk.up());
        break;
    }
  }
}

/** @throws {Failure} if the rotation of this epoch has just ended */
function refuseIfFresh(secret: MintedSecret, epoch: number, resources: readonly StackResource[]): void {
  const ageMs = Date.now() - createdMs(secret, epoch, resources);
  if (epoch === 1 || ageMs > FRESH_MS) return;
  const minutes = Math.round(ageMs / 60_000);
  const message = `the rotation of ${secret.title} is complete: epoch ${epoch} was made ${minutes} minutes ago`;
  throw new Failure("problem", message, `npm run rotate -- ${secret.name} --again starts another one`);
}

/** Milliseconds since the epoch of time; 0 if it is not recorded. */
function createdMs({ epochs }: MintedSecret, epoch: number, resources: readonly StackResource[]): number {
  const made = resources.filter((resource) => epochs([resource])[0] === epoch);
  return Math.max(0, ...made.map(({ createdMs = 0 }) => createdMs));
}
