/**
 * Every minted secret has a current and a previous value. The epoch is part of the resource's name.
 * So raising it makes the new secret first, then uploads the Worker with both, and deletes only
 * what is two epochs old: the Worker never uses a secret that is gone.
 */
import type * as pulumi from "@pulumi/pulumi";

export interface Rotation {
  /** From 1. Raised by one to rotate. Default: 1. */
  epoch: number;
  /** Whether the secret of the epoch before is dropped at once. Default: no. */
  revokePrevious: boolean;
}

export interface CurrentAndPrevious<T> {
  current: T;
  /** Of the epoch before; absent in the first epoch and where it was revoked. */
  previous: T | undefined;
}

export type SecretPair = CurrentAndPrevious<pulumi.Output<string>>;

export const FIRST_EPOCH: Rotation = { epoch: 1, revokePrevious: false };

/**
 * @param make called once for each epoch, which must be part of the names of the resources it makes
 */
export function currentAndPrevious<T>(
  { epoch, revokePrevious }: Rotation,
  make: (epoch: number) => T,
): CurrentAndPrevious<T> {
  return { current: make(epoch), previous: epoch > 1 && !revokePrevious ? make(epoch - 1) : undefined };
}

export function mapPair<T, U>(
  { current, previous }: CurrentAndPrevious<T>,
  map: (value: T) => U,
): CurrentAndPrevious<U> {
  return { current: map(current), previous: previous === undefined ? undefined : map(previous) };
}

/** The values that there are, the current one first. */
export function valuesOf<T>({ current, previous }: CurrentAndPrevious<T>): T[] {
  return previous === undefined ? [current] : [current, previous];
}
