/** What every host of the local cloud is given. */
import type { Faults } from "../faults/faults.ts";
import type { CloudState } from "../state/index.ts";

export interface CloudContext {
  state: CloudState;
  faults: Faults;
  /** YYYY-MM-DD: decides which models exist. */
  today: string;
  port: number;
  /** The Google identity that a `gcloud` here is logged in as. */
  user: string;
}
