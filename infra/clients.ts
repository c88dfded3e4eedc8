/** The clients' access tokens: one each, and only their digests leave for the Worker. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import type { Client } from "../worker/bindings.ts";

/** 238 bits from 62 characters. */
const TOKEN_LENGTH = 40;

export type ClientArgs = Omit<Client, "sha256">;

export class Clients extends pulumi.ComponentResource {
  /** Secret: token by client name. */
  readonly tokens: pulumi.Output<Record<string, string>>;
  /** The Worker's `CLIENTS`. */
  readonly digests: pulumi.Output<string>;

  constructor(name: string, args: { clients: readonly ClientArgs[] }, opts?: pulumi.ComponentResourceOptions) {
    super("claude-failover:index:Clients", name, {}, opts);

    const tokens = args.clients.map((client) => {
      const password = new RandomPassword(
        `${name}-${client.name}`,
        { length: TOKEN_LENGTH, special: false },
        { parent: this },
      );
      return { client, token: pulumi.secret(password.result) };
    });

    this.tokens = pulumi.secret(
      pulumi.all(Object.fromEntries(tokens.map(({ client, token }) => [client.name, token]))),
    );
    this.digests = pulumi.jsonStringify(
      tokens.map(({ client, token }): { [Key in keyof Client]: pulumi.Input<Client[Key]> } => ({
        ...client,
        sha256: token.apply(sha256),
      })),
    );
    this.registerOutputs({});
  }
}

function sha256(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
