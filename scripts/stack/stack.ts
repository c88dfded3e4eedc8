/**
 * A deployed stack as the operators' commands see it. There are two: a stack of the pulumi CLI, and
 * a running `npm start` (`--local`). A command does not know which one it has.
 */
import type { ResourceNames } from "../../infra/names.ts";
import type { Parsed } from "../../infra/settings/parse.ts";
import type { Clouds } from "../clouds/clouds.ts";

export interface Outputs {
  /** The base URL for clients. Undefined if it is not known: see `workersSubdomain`. */
  url: string | undefined;
  gatewayUrl: string;
  /** Token by client name. */
  clientTokens: Readonly<Record<string, string>>;
  gatewayToken: string;
}

export interface StackResource {
  /** Such as `cloudflare:index/aiGateway:AiGateway`. */
  type: string;
  /** Logical name. */
  name: string;
  /** The provider's id. */
  id: string;
  /** Milliseconds since the epoch; undefined if it is not recorded. */
  createdMs: number | undefined;
  /** Inputs in clear; a secret is missing. */
  inputs: Readonly<Record<string, unknown>>;
}

export interface Stack {
  /** For messages: `stack prod`. */
  readonly title: string;
  readonly clouds: Clouds;
  /** The Pulumi project. It is known without a stack too. */
  project(): Promise<string>;
  /** All stacks of the project, this one included. */
  siblings(): Promise<readonly Stack[]>;
  /** @throws {Failure} if there is no such stack */
  identity(): Promise<{ project: string; stack: string }>;
  /** Names in the clouds. `namedAfter` is heeded. */
  names(): Promise<ResourceNames>;
  /** Settings by bare key, as they are configured, with secrets in clear. */
  configured(): Promise<Readonly<Record<string, unknown>>>;
  /** The settings with their defaults, or what is wrong with them. */
  settings(): Promise<Parsed>;
  /** Undefined if nothing is deployed. */
  outputs(): Promise<Outputs | undefined>;
  /** What the stack's state holds; empty if nothing is deployed. */
  resources(): Promise<readonly StackResource[]>;
  /** Gives a setting a whole new value. A secret does not become a process argument. */
  set(key: string, value: unknown, options?: { secret?: boolean }): Promise<void>;
  remove(key: string): Promise<void>;
  /** @param onLine gets each line that the run prints @throws {Failure} if the run fails */
  up(onLine: (line: string) => void): Promise<void>;
}
