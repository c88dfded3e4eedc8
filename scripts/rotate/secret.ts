/**
 * The minted secrets that can be rotated: where a setting holds the epoch, and which resources of a
 * stack are the secrets of which epoch. All else of a rotation is the same for each of them.
 */
import { Failure } from "../command/failure.ts";
import type { StackResource } from "../stack/stack.ts";

export interface Rotation {
  /** From 1. */
  epoch: number;
  revokePrevious: boolean;
}

/** Lines of the Worker's log that used the secret of the epoch before. */
export interface PreviousUse {
  /** A member of the log line that is there only if the previous secret was used. */
  key: `previous.${string}`;
  /** Only the lines of this client. */
  client?: string;
}

export interface MintedSecret {
  /** As it is typed: `client:ci`. */
  name: string;
  /** For messages: `the token of the client ci`. */
  title: string;
  /** The setting that holds the epoch. */
  key: "clients" | "rotation";
  /** @param configured the stack's settings, as they are configured */
  read(configured: Configured): Rotation;
  /** @returns the whole new value of the setting */
  write(configured: Configured, rotation: Rotation): unknown;
  /** The epochs whose secret exists. */
  epochs(resources: readonly StackResource[]): number[];
  previousUse: PreviousUse;
  /** What a person does when the new secret exists; undefined: nothing. */
  handOver: string | undefined;
}

/** For error messages. */
const SECRET_NAMES = "client:NAME, gatewayToken, google, anthropicApiKey or bedrockApiKey";

type Configured = Readonly<Record<string, unknown>>;
type Part = Readonly<Record<string, unknown>>;

/** @throws {Failure} if there is no such secret */
export function mintedSecret(name: string, configured: Configured): MintedSecret {
  const client = /^client:(?<client>.+)$/.exec(name)?.groups?.client;
  if (client !== undefined) return clientToken(client, configured);
  switch (name) {
    case "gatewayToken":
      if (configured.gatewayToken !== undefined) {
        const message = "gatewayToken is a setting of this stack, so the stack mints no run token";
        throw new Failure("usage", message, "pulumi config set --secret gatewayTokenPrevious, then gatewayToken");
      }
      return rotated("gatewayToken", "the run token of the gateway", /-gateway-run-(\d+)$/, "gateway_token");
    case "google":
      return rotated("google", "the Google credential", /-vertex-(?:key|signing-key)-(\d+)$/, "google_credential");
    default:
      throw new Failure("usage", `there is no secret ${name}`, SECRET_NAMES);
  }
}

function rotated(part: "gatewayToken" | "google", title: string, resource: RegExp, logged: string): MintedSecret {
  const whole = ({ rotation = {} }: Configured) => rotation as Readonly<Record<string, Part>>;
  return {
    name: part,
    title,
    key: "rotation",
    read: (configured) => toRotation(whole(configured)[part]),
    write: (configured, rotation) => ({
      ...whole(configured),
      [part]: withRotation(whole(configured)[part], rotation),
    }),
    epochs: (resources) => epochsOf(resources, resource),
    previousUse: { key: `previous.${logged}` },
    handOver: undefined,
  };
}

function clientToken(client: string, configured: Configured): MintedSecret {
  const names = clientsOf(configured).map(({ name }) => String(name));
  if (!names.includes(client)) {
    throw new Failure("usage", `there is no client ${client}`, names.map((name) => `client:${name}`).join(" or "));
  }
  return {
    name: `client:${client}`,
    title: `the token of the client ${client}`,
    key: "clients",
    read: (configured) => toRotation(clientsOf(configured).find(({ name }) => name === client)),
    write: (configured, rotation) =>
      clientsOf(configured).map((part) => (part.name === client ? withRotation(part, rotation) : shortened(part))),
    epochs: (resources) => epochsOf(resources, new RegExp(`-clients-${escaped(client)}-(\\d+)$`)),
    previousUse: { key: "previous.client_token", client },
    handOver: `give the client ${client} its new token: pulumi stack output --show-secrets clientTokens`,
  };
}

/** A client is a name or an object with its name. Without the setting there is one, `default`. */
function clientsOf({ clients = ["default"] }: Configured): Part[] {
  return (clients as readonly (string | Part)[]).map((client) =>
    typeof client === "string" ? { name: client } : client,
  );
}

function shortened(part: Part): Part | unknown {
  return Object.keys(part).length === 1 ? part.name : part;
}

function toRotation({ epoch = 1, revokePrevious = false }: Part = {}): Rotation {
  return { epoch: epoch as number, revokePrevious: revokePrevious as boolean };
}

function withRotation(before: Part | undefined, { epoch, revokePrevious }: Rotation): Part {
  const { revokePrevious: _before, ...others } = before ?? {};
  return { ...others, epoch, ...(revokePrevious ? { revokePrevious } : {}) };
}

function epochsOf(resources: readonly StackResource[], pattern: RegExp): number[] {
  return resources.flatMap(({ name }) => Number(pattern.exec(name)?.[1] ?? []) || []).sort((a, b) => a - b);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
