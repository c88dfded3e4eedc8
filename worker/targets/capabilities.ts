/** What a platform other than Anthropic's own accepts. Each platform has its table; `fit.ts` reads it. */
export interface Capabilities {
  maxBodyBytes: number;
  /** The platform's name of the API's version for each value of the caller's header. */
  versions: ReadonlyMap<string, string>;
  /** Types in a body that the platform lacks and that change the answer. */
  essentialFeatures: RegExp;
  takenMembers: ReadonlySet<string>;
  /** Members that are accepted only together with one of these betas. */
  memberBetas: ReadonlyMap<string, readonly string[]>;
  takenBetas: ReadonlySet<string>;
}
