/** What an operator's command says to a shell. Documented in docs/operations.md. */
export const EXIT_CODES = {
  /** Everything is right, or was done. */
  fine: 0,
  /** The command worked, and what it looked at is not right. */
  problem: 1,
  /** The command was called wrongly: an unknown flag, a stack that does not exist. */
  usage: 2,
  /** The command could not find out: a cloud did not answer, or refused a credential. */
  unknown: 3,
  /** Ctrl-C. What was done until then is in the report. */
  interrupted: 130,
} as const;

export type ExitCode = keyof typeof EXIT_CODES;
