/** What docs/clients.md asks of every client. */
export interface Target {
  url: string;
  token: string;
}

export type Mode = "JSON" | "stream";

export interface Question {
  mode: Mode;
  /** With a tool at hand, and the wish to have it used; the text is the answer to its result. */
  tools?: true;
  /** How often the client may try again; its own number where absent. */
  retries?: number;
}

export interface Client {
  name: string;
  version: string;
  /** What has to be set, in the client's own words. */
  change: string;
  modes: readonly Mode[];
  /** A program for people: what it shows is told, and not the error's class. */
  showsText?: true;
  /** @returns the answer's text @throws what the client throws or shows, as an error whose name and message are told */
  ask: (target: Target, question: Question) => Promise<string>;
}

/** The words that have the local cloud's model use a tool. */
export function prompt({ tools }: Question): string {
  return tools ? "Please use the tool." : "Hello";
}

/** More than the local cloud's model ever says. */
export const MAX_TOKENS = 200;
