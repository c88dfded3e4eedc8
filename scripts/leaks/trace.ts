/** One thing in a cloud that a stack of this project may have made. */
import type { Answer } from "../clouds/api-client.ts";
import type { Owner } from "./ownership.ts";

export interface Trace {
  cloud: "Cloudflare" | "Google";
  /** Such as `AI Gateway`. */
  kind: string;
  /** As a person would look for it. */
  name: string;
  owner: Owner;
  /** What the state of a stack would have of it: see `held.ts`. */
  key: string;
  /** Milliseconds since the epoch; undefined: the cloud does not say. */
  createdMs: number | undefined;
  /** Deleted already; the cloud keeps the name until then. Undefined: it exists. */
  keptUntil: string | undefined;
  delete(): Promise<Answer<unknown>>;
}
