/** The context that every host of the local cloud gets. */
import type { Faults } from "../faults/faults.ts";
import type { CloudState } from "../state/index.ts";

/** What a caller of the loopback API can do with the running stack. */
export interface StackApi {
  /** The stack's configuration, outputs and resources, secrets in clear. */
  describe(): object;
  /** @param value undefined removes the setting */
  set(key: string, value: unknown): void;
  /** @returns what was changed, a line each @throws if the program refuses */
  up(): Promise<readonly string[]>;
}

export interface CloudContext {
  state: CloudState;
  faults: Faults;
  /** Date as YYYY-MM-DD. It decides which models exist. */
  today: string;
  port: number;
  /** Absent: this cloud has no stack of its own that could be changed. */
  stack?: StackApi;
  /** The Google identity that the local `gcloud` is logged in as. */
  user: string;
}
