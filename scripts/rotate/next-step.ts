/**
 * Where a rotation stands, from what is configured and what is deployed. Nothing else is remembered,
 * so an interrupted rotation goes on where it was, on any machine.
 */
import type { Rotation } from "./secret.ts";

export type Step =
  /** Nothing is under way: raise the epoch. */
  | { kind: "start"; from: number; to: number }
  /** The epoch is raised: `up` makes the new secret. */
  | { kind: "make"; epoch: number }
  /** Both secrets are accepted: wait, look who uses the old one, then ask to revoke it. */
  | { kind: "change over"; epoch: number }
  /** The old secret is to be revoked: `up` deletes it. */
  | { kind: "revoke"; epoch: number };

/** @param deployed the epochs whose secret exists; at least one */
export function nextStep({ epoch, revokePrevious }: Rotation, deployed: readonly number[]): Step {
  const newest = Math.max(...deployed);
  if (epoch > newest) return { kind: "make", epoch };
  if (!deployed.some((made) => made < epoch)) return { kind: "start", from: epoch, to: epoch + 1 };
  return revokePrevious ? { kind: "revoke", epoch } : { kind: "change over", epoch };
}
