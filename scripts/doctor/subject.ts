/** The stack that is examined: its settings, its names in the clouds, and what its state holds. */
import type { ResourceNames } from "../../infra/names.ts";
import type { Settings } from "../../infra/settings/index.ts";
import type { StackResource } from "../stack/stack.ts";

export interface Subject {
  settings: Settings;
  names: ResourceNames;
  /** Empty before the first `pulumi up`. */
  resources: readonly StackResource[];
}
