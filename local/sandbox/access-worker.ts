/**
 * Stands in for Cloudflare Access at the Worker's local address. A request without the headers of a
 * service token gets the 401 that the program asks for; nobody can log in here.
 */
import { type AccessApplication, admitsMachines, SERVICE_TOKEN_HEADERS } from "../state/index.ts";

const SOURCE = `
export default {
  fetch(request, { WORKER, HEADERS, ADMITS_MACHINES }) {
    if (ADMITS_MACHINES && HEADERS.every((name) => request.headers.get(name))) return WORKER.fetch(request);
    return new Response("Cloudflare Access refuses this request.", { status: 401 });
  },
};
`;

/** @param behind the name of the Worker that is protected */
export function accessWorker(application: AccessApplication, behind: string) {
  return {
    name: "access",
    modules: [{ type: "ESModule" as const, path: "access.js", contents: SOURCE }],
    compatibilityDate: "2026-07-30",
    compatibilityFlags: ["enable_request_signal"],
    bindings: { HEADERS: [...SERVICE_TOKEN_HEADERS], ADMITS_MACHINES: admitsMachines(application) },
    serviceBindings: { WORKER: behind },
  };
}
