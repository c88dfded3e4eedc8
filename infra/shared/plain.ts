/**
 * Where Pulumi itself needs a text before the run, such as the id of something that is taken over.
 */
import * as pulumi from "@pulumi/pulumi";

/** @throws {pulumi.RunError} where the value is an output of another resource */
export function plain(value: pulumi.Input<string>, setting: string): string {
  if (typeof value === "string") return value;
  throw new pulumi.RunError(`adopt needs ${setting} as plain text, and it is an output of another resource.`);
}
