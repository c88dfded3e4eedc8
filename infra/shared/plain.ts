/**
 * Reads a value that Pulumi needs as plain text before the run, such as the id of an adopted
 * resource.
 */
import * as pulumi from "@pulumi/pulumi";

/** @throws {pulumi.RunError} if the value is an output of another resource */
export function plain(value: pulumi.Input<string>, setting: string): string {
  if (typeof value === "string") return value;
  throw new pulumi.RunError(`adopt needs ${setting} as plain text, and it is an output of another resource.`);
}
