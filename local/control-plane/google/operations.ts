/**
 * Long-running operations: what they are about is done at once, but only the first poll says so, so that whoever begins one has
 * to poll. Source: AIP-151.
 */
import { randomUUID } from "node:crypto";
import { type Route, route } from "../../http/router.ts";
import { refusal } from "../../resources/google/project.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { CloudState } from "../../state/index.ts";

interface OperationCall {
  state: CloudState;
}

/** By name; what each one answers when it is done. */
const RESPONSES = new WeakMap<CloudState, Map<string, object>>();

/** @param parent the resource it is about; undefined: the operations of Service Usage stand alone */
export function begin(state: CloudState, response: object, parent?: string): { name: string } {
  const name = `${parent ? `${parent}/` : ""}operations/${randomUUID()}`;
  const operations = RESPONSES.get(state) ?? new Map();
  RESPONSES.set(state, operations.set(name, response));
  return { name };
}

export const operationRoutes: readonly Route<OperationCall, object>[] = [
  route("GET", "/:version/operations/:id", ({ state, params }) => finished(state, `operations/${params.id}`)),
  route("GET", "/:version/projects/:project/*/operations/:id", ({ state, params }) =>
    finished(state, `projects/${params.project}/${params[0]}/operations/${params.id}`),
  ),
];

function finished(state: CloudState, name: string) {
  const response = RESPONSES.get(state)?.get(name);
  ensure(response, refusal(404, `${name} was not found.`));
  return { name, done: true, response };
}
