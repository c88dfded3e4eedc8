/**
 * Says which provider chose the id of a tool call. Anthropic's ids begin with `toolu_01`, those of a
 * platform have its mark, as in `toolu_vrtx_01`; the ids of server tools begin with `srv`. An id of
 * another form says nothing, because clients that translate protocols write ids of their own. A
 * caller can write any id, so an id may only change the order of the caller's own targets.
 */
import { markedString, type RequestBody } from "../request/body.ts";
import { NEWEST_TOOL_ID } from "../request/request-grammar.ts";
import { platformOf } from "../targets/id-marks.ts";
import type { Provider } from "../targets/target.ts";

const MAX_ID_BYTES = 64;
const OF_ANTHROPIC = /^(srv)?toolu_01/;
const OF_A_PLATFORM = /^(srv)?toolu_[a-z]+_/;

export interface ToolId {
  id: string;
  provider: Provider;
}

/** @returns the newest id of the body whose provider is known */
export function newestToolId(body: RequestBody): ToolId | undefined {
  const id = markedString(body, NEWEST_TOOL_ID, MAX_ID_BYTES);
  if (id === undefined) return undefined;
  const provider = providerOfTool(id);
  return provider && { id, provider };
}

function providerOfTool(id: string): Provider | undefined {
  if (OF_ANTHROPIC.test(id)) return "anthropic";
  return OF_A_PLATFORM.test(id) ? platformOf(id) : undefined;
}
