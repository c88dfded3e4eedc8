/** A stack's configuration, from the texts in which Pulumi keeps it to checked settings. */
import { type ResourceNames, resourceNames } from "../../infra/names.ts";
import { type Parsed, parseSettings } from "../../infra/settings/parse.ts";
import { isKnown, isText } from "../../infra/settings/schema-faults.ts";

/** @param texts by bare key; a value that is not text is JSON */
export function fromTexts(texts: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, fromText(key, text)]));
}

export function settingsOf(configured: Readonly<Record<string, unknown>>): Parsed {
  return parseSettings(configured);
}

/** Names in the clouds. As in the program, `namedAfter` keeps them after a rename. */
export function namesOf(
  { project, stack }: { project: string; stack: string },
  configured: Readonly<Record<string, unknown>>,
): ResourceNames {
  const { namedAfter } = configured;
  const [givenProject, givenStack] = typeof namedAfter === "string" ? namedAfter.split("/") : [];
  return resourceNames(givenProject ?? project, givenStack ?? stack);
}

/** A value that is not valid JSON stays text, and the schema reports it. */
function fromText(key: string, text: string): unknown {
  if (!isKnown(key) || isText(key)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
