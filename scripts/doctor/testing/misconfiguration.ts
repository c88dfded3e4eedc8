/** One thing that is wrong with a stack, and what doctor must say about it. */
import type { Typed } from "./do-as-told.ts";
import type { Patient, PatientOptions } from "./patient.ts";

export interface Misconfiguration extends Pick<PatientOptions, "config"> {
  what: string;
  /** `drifted`: after `pulumi up`, and changed by somebody or something else. */
  when: "before up" | "after up" | "drifted";
  /** Options of doctor. Default: `--no-calls`. */
  argv?: readonly string[];
  arrange(patient: Patient): unknown;
  /** The group and the name of the one line with a problem. */
  check: readonly [group: string, name: string];
  text: string | RegExp;
  cure: string | RegExp;
  /** What somebody does whom the cure sends to a console. Absent: the cure is a command, and the test runs it. */
  mend?(patient: Patient): unknown;
  /** Options of doctor after the cure. Default: the same. */
  argvAfter?: readonly string[];
  /** What is written for the words in capital letters of the cure. */
  typed?: Typed | ((patient: Patient) => Typed);
}
