/** The clients' access tokens: one each, and only their digests leave for the Worker. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import type { Client } from "../worker/bindings.ts";

/** 238 bits from 62 characters. */
const TOKEN_LENGTH = 40;

export class Clients extends pulumi.ComponentResource {
  /** Secret: token by client name. */
  readonly tokens: pulumi.Output<Record<string, string>>;
  /** The Worker's `CLIENTS`. */
  readonly digests: pulumi.Output<string>;

  constructor(name: string, args: { names: readonly string[] }, opts?: pulumi.ComponentResourceOptions) {
    super("claude-failover:index:Clients", name, {}, opts);

    const tokens = args.names.map((client) => {
      const password = new RandomPassword(
        `${name}-${client}`,
        { length: TOKEN_LENGTH, special: false },
        { parent: this },
      );
      return [client, pulumi.secret(password.result)] as const;
    });

    this.tokens = pulumi.secret(pulumi.all(Object.fromEntries(tokens)));
    this.digests = pulumi.jsonStringify(
      tokens.map(
        ([client, token]) => ({ name: client, sha256: token.apply(sha256) }) satisfies Record<keyof Client, unknown>,
      ),
    );
    this.registerOutputs({});
  }
}

function sha256(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
