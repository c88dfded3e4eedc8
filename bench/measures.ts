/** The table of measures, in the order of the results. */
import type { Measure } from "./measure.ts";
import { BUNDLE } from "./measures/bundle.ts";
import { CPU } from "./measures/cpu.ts";
import { FAILOVER } from "./measures/failover.ts";
import { FIRST_REQUEST } from "./measures/first-request.ts";
import { MANY_LARGE } from "./measures/many-large.ts";
import { ONE_LARGE } from "./measures/one-large.ts";
import { OPEN_STREAMS } from "./measures/open-streams.ts";
import { PACED } from "./measures/paced.ts";
import { BESIDE_PEERS } from "./measures/peers.ts";
import { SCALING } from "./measures/scaling.ts";
import { SCAN } from "./measures/scan.ts";
import { STREAMS } from "./measures/streams.ts";

export const MEASURES: readonly Measure[] = [
  ...CPU,
  SCAN,
  ...STREAMS,
  PACED,
  ...FAILOVER,
  ...FIRST_REQUEST,
  MANY_LARGE,
  ONE_LARGE,
  OPEN_STREAMS,
  BUNDLE,
  BESIDE_PEERS,
  SCALING,
];
