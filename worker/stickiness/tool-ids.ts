/**
 * Says which provider chose the id of a tool call. Anthropic's ids begin with `toolu_01`, those of
 * Vertex with `toolu_vrtx_` and those of Bedrock with `toolu_bdrk_`; the ids of server tools begin
 * with `srv`. An id of another form says nothing, because clients that translate protocols write ids
 * of their own. A caller can write any id, so an id may only change the order of the caller's own
 * targets. Source: public transcripts (docs/fidelity.md).
 */
import { markedString, type RequestBody } from "../request/body.ts";
import { NEWEST_TOOL_ID } from "../request/request-grammar.ts";
import type { Provider } from "../targets/target.ts";

const MAX_ID_BYTES = 64;
const FORMS: readonly { form: RegExp; provider: Provider }[] = [
  { form: /^(srv)?toolu_01/, provider: "anthropic" },
  { form: /^(srv)?toolu_vrtx_/, provider: "vertex" },
  { form: /^(srv)?toolu_bdrk_/, provider: "bedrock" },
];

export interface ToolId {
  id: string;
  provider: Provider;
}

/** @returns the newest id of the body whose provider is known */
export function newestToolId(body: RequestBody): ToolId | undefined {
  const id = markedString(body, NEWEST_TOOL_ID, MAX_ID_BYTES);
  if (id === undefined) return undefined;
  const provider = FORMS.find(({ form }) => form.test(id))?.provider;
  return provider && { id, provider };
}
