/**
 * Every minted secret has a current and a previous value. The epoch is part of the resource's name.
 * When the epoch is raised, Pulumi creates the new secret, uploads the Worker with both secrets,
 * and then deletes only the secret that is two epochs old. So the Worker never uses a deleted
 * secret.
 */
import type * as pulumi from "@pulumi/pulumi";

export interface Rotation {
  /** The number of the current secret, from 1. Raise it by one to rotate. */
  epoch: number;
  /** Whether the secret of the previous epoch is deleted at once. */
  revokePrevious: boolean;
}

export interface CurrentAndPrevious<T> {
  current: T;
  /** The value of the previous epoch; undefined in the first epoch, or if it was revoked. */
  previous: T | undefined;
}

export type SecretPair = CurrentAndPrevious<pulumi.Output<string>>;

export const FIRST_EPOCH: Rotation = { epoch: 1, revokePrevious: false };

/**
 * @param make called once for each epoch. The names of the resources that it creates must contain
 * the epoch.
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

/** @returns the current value, and the previous value if there is one */
export function valuesOf<T>({ current, previous }: CurrentAndPrevious<T>): T[] {
  return previous === undefined ? [current] : [current, previous];
}
