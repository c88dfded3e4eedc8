/**
 * Long-running operations. The work is done at once, but only the first poll reports it, so that
 * callers must poll. Source: AIP-151.
 */
import { randomUUID } from "node:crypto";
import { type Route, route } from "../../http/router.ts";
import { refusal } from "../../resources/google/project.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { CloudState } from "../../state/index.ts";

interface OperationCall {
  state: CloudState;
}

/** Operation name → its response when it is done. */
const RESPONSES = new WeakMap<CloudState, Map<string, object>>();

/**
 * @param parent the operation's resource; undefined for Service Usage, whose operations have none
 */
export function startOperation(state: CloudState, response: object, parent?: string): { name: string } {
  const name = `${parent ? `${parent}/` : ""}operations/${randomUUID()}`;
  const operations = RESPONSES.get(state) ?? new Map();
  RESPONSES.set(state, operations.set(name, response));
  return { name };
}

export const operationRoutes: readonly Route<OperationCall, object>[] = [
  route("GET", "/:version/operations/:id", ({ state, params }) => finishedOperation(state, `operations/${params.id}`)),
  route("GET", "/:version/projects/:project/*/operations/:id", ({ state, params }) =>
    finishedOperation(state, `projects/${params.project}/${params[0]}/operations/${params.id}`),
  ),
];

function finishedOperation(state: CloudState, name: string) {
  const response = RESPONSES.get(state)?.get(name);
  ensure(response, refusal(404, `${name} was not found.`));
  return { name, done: true, response };
}
