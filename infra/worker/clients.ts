/**
 * Creates the clients' tokens. Each client has a current and a previous token. The Worker gets only
 * the digests of the tokens, in as many variables as they need.
 */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import type { ClientsBinding } from "../../worker/bindings.ts";
import { CLIENTS_PER_BINDING, clientLine } from "../../worker/client-line.ts";
import type { Options } from "../settings/index.ts";
import { currentAndPrevious, type SecretPair, valuesOf } from "../shared/rotation.ts";

/** 40 of 62 possible characters make 238 bits. */
const TOKEN_LENGTH = 40;

type ClientSettings = Options["clients"][number];

export interface ClientsArgs {
  clients: readonly ClientSettings[];
}

export class Clients extends pulumi.ComponentResource {
  /** Secret: the current tokens. The keys are the names of the clients. */
  readonly tokens: pulumi.Output<Record<string, string>>;
  /**
   * The Worker's variables with the clients. The names of the variables do not depend on a secret.
   */
  readonly bindings: { CLIENT_COUNT: string } & Record<ClientsBinding, pulumi.Output<string>>;

  constructor(name: string, { clients }: ClientsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("claude-failover:index:Clients", name, { clients }, opts);

    const mint = (client: ClientSettings, epoch: number) => {
      const args = { length: TOKEN_LENGTH, special: false };
      const nameOf = (client: string) => `${name}-${client}-${epoch}`;
      const password = new RandomPassword(nameOf(client.name), args, {
        parent: this,
        // Tokens are never protected, because a change of the configuration must be enough to
        // revoke a client.
        protect: false,
        // With this alias, a renamed client keeps the token that the state has under the former
        // name.
        aliases: client.formerName === undefined ? [] : [{ name: nameOf(client.formerName) }],
      });
      return pulumi.secret(password.result);
    };
    const minted = clients.map((client): [ClientSettings, SecretPair] => [
      client,
      currentAndPrevious(client, (epoch) => mint(client, epoch)),
    ]);

    this.tokens = pulumi.secret(
      pulumi.all(Object.fromEntries(minted.map(([client, { current }]) => [client.name, current]))),
    );
    const lines = minted.map(([client, pair]) =>
      pulumi.all(valuesOf(pair)).apply((tokens) => clientLine(client, tokens.map(sha256))),
    );
    this.bindings = { CLIENT_COUNT: String(clients.length), ...inBindings(lines) };
    this.registerOutputs({});
  }
}

/** Spreads the lines of the clients over variables, in the order of the settings. */
function inBindings(lines: readonly pulumi.Output<string>[]): Record<ClientsBinding, pulumi.Output<string>> {
  return Object.fromEntries(
    Array.from({ length: Math.ceil(lines.length / CLIENTS_PER_BINDING) }, (_, index) => {
      const first = index * CLIENTS_PER_BINDING;
      const held = pulumi.all(lines.slice(first, first + CLIENTS_PER_BINDING));
      return [`CLIENTS_${index + 1}`, held.apply((held) => held.join("\n"))];
    }),
  );
}

function sha256(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
