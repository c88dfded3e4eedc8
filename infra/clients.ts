/** The clients' access tokens: each has its own, in two slots, and only their digests leave for the Worker. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { type ClientSettings, sentClients } from "./bindings.ts";
import { filled, inSlots, type SecretSlots } from "./rotation.ts";

/** 238 bits from 62 characters. */
const TOKEN_LENGTH = 40;

export interface ClientsArgs {
  clients: readonly ClientSettings[];
}

export class Clients extends pulumi.ComponentResource {
  /** Secret: token by client name, of the newest epoch. */
  readonly tokens: pulumi.Output<Record<string, string>>;
  /** The Worker's `CLIENTS`. */
  readonly binding: pulumi.Output<string>;

  constructor(name: string, { clients }: ClientsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("claude-failover:index:Clients", name, { clients }, opts);

    const mint = (client: string, epoch: number) => {
      const args = { length: TOKEN_LENGTH, special: false };
      // Never protected: a client must be revocable by configuration alone.
      const password = new RandomPassword(`${name}-${client}-${epoch}`, args, { parent: this, protect: false });
      return pulumi.secret(password.result);
    };
    const tokens = new Map<string, SecretSlots>(
      clients.map((client) => [client.name, inSlots(client, (epoch) => mint(client.name, epoch))]),
    );

    this.tokens = pulumi.secret(
      pulumi.all(Object.fromEntries([...tokens].map(([client, { newest }]) => [client, newest]))),
    );
    this.binding = pulumi.jsonStringify(
      sentClients(clients, ({ name: client }) => {
        const slots = tokens.get(client);
        return slots ? filled(slots).map((token) => token.apply(sha256)) : [];
      }),
    );
    this.registerOutputs({});
  }
}

function sha256(token: string): string {
  return createHash("sha256").update(token).digest("base64");
}
