/** The interface of a client in docs/clients.md. */
export interface Target {
  url: string;
  token: string;
}

export type Mode = "JSON" | "stream";

export interface Question {
  mode: Mode;
  /**
   * The client offers a tool and asks the model to use it. The text is the answer to the tool's
   * result.
   */
  tools?: true;
  /** How often the client may retry. Default: the client's own number. */
  retries?: number;
}

export interface Client {
  name: string;
  version: string;
  /** The settings that must be changed, with the client's names for them. */
  change: string;
  modes: readonly Mode[];
  /** The client is a program for people. The page quotes its text instead of the error's class. */
  showsText?: true;
  /**
   * @returns the text of the answer
   * @throws the error that the client throws or shows; the page contains its name or its message
   */
  ask: (target: Target, question: Question) => Promise<string>;
}

/** The local cloud's model uses a tool when it is asked to. */
export function prompt({ tools }: Question): string {
  return tools ? "Please use the tool." : "Hello";
}

/** More tokens than the local cloud's model ever produces. */
export const MAX_TOKENS = 200;
