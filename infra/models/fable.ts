/**
 * What Google wants for Claude Fable beyond Model Garden's terms. No API is known that shows or
 * gives these consents. Source: Google's model card of Claude Fable 5. Whether Google wants the
 * same for Fable 5.1 and 5.2 was not checked, so the text is for all of them.
 */
const FABLE = /^claude-fable-/;

/** @param id Anthropic's or Vertex's id of a model */
export function isFable(id: string): boolean {
  return FABLE.test(id);
}

/** What a person has to accept. Completes "Claude Fable on Vertex needs". */
export const FABLE_CONSENTS =
  "the Advanced AI Safety Addendum, once for the project, and the sharing of prompts and answers with Anthropic, " +
  "for each location";
