/**
 * Two slots for every minted secret. The epoch is part of the resource's name, so raising it makes the new one first, then
 * uploads the Worker with both, and deletes only what is two epochs old: at no moment is a secret in use that is gone.
 */
import type * as pulumi from "@pulumi/pulumi";

export interface Rotation {
  /** From 1. Raised by one to rotate. Default: 1. */
  epoch: number;
  /** Whether the secret of the epoch before is dropped at once. Default: no. */
  revokePrevious: boolean;
}

export interface Slots<T> {
  newest: T;
  /** Of the epoch before; absent in the first epoch and where it was revoked. */
  previous: T | undefined;
}

export type SecretSlots = Slots<pulumi.Output<string>>;

export const FIRST_EPOCH: Rotation = { epoch: 1, revokePrevious: false };

/** @param make called once an epoch, which must be part of the names of the resources it makes */
export function inSlots<T>({ epoch, revokePrevious }: Rotation, make: (epoch: number) => T): Slots<T> {
  return { newest: make(epoch), previous: epoch > 1 && !revokePrevious ? make(epoch - 1) : undefined };
}

export function mapSlots<T, U>({ newest, previous }: Slots<T>, map: (value: T) => U): Slots<U> {
  return { newest: map(newest), previous: previous === undefined ? undefined : map(previous) };
}

/** The slots that are filled, the newest first. */
export function filled<T>({ newest, previous }: Slots<T>): T[] {
  return previous === undefined ? [newest] : [newest, previous];
}
