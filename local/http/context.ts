/** The context that every host of the local cloud gets. */
import type { Faults } from "../faults/faults.ts";
import type { CloudState } from "../state/index.ts";

export interface CloudContext {
  state: CloudState;
  faults: Faults;
  /** Date as YYYY-MM-DD. It decides which models exist. */
  today: string;
  port: number;
  /** The Google identity that the local `gcloud` is logged in as. */
  user: string;
}
