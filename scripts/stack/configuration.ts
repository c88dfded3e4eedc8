/** A stack's configuration, from the texts in which Pulumi keeps it to checked settings. */
import { namesAfter, type ResourceNames } from "../../infra/names.ts";
import { isKnown, isText } from "../../infra/settings/schema-faults.ts";

/** @param texts by bare key; a value that is not text is JSON */
export function fromTexts(texts: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, fromText(key, text)]));
}

/** Names in the clouds, as the program makes them. */
export function namesOf(
  { project, stack }: { project: string; stack: string },
  configured: Readonly<Record<string, unknown>>,
): ResourceNames {
  const { namedAfter } = configured;
  return namesAfter(typeof namedAfter === "string" ? namedAfter : undefined, project, stack);
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
