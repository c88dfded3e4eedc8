/**
 * Allows browsers to call only from the origins in the stack's configuration. If there are none, no
 * response has a CORS header.
 */
const ALLOWED_METHODS = "GET, POST, DELETE, OPTIONS";
const MAX_AGE_S = "86400";

export function preflight(request: Request, origins: readonly string[]): Response | undefined {
  const headers = corsHeaders(request, origins);
  if (request.method !== "OPTIONS" || !headers) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      ...headers,
      "access-control-allow-methods": ALLOWED_METHODS,
      "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "",
      "access-control-max-age": MAX_AGE_S,
    },
  });
}

export function withCors(request: Request, response: Response, origins: readonly string[]): Response {
  const headers = corsHeaders(request, origins);
  if (!headers) return response;
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

function corsHeaders(request: Request, origins: readonly string[]): Record<string, string> | undefined {
  const origin = request.headers.get("origin");
  if (!origin || !origins.includes(origin)) return undefined;
  return { "access-control-allow-origin": origin, "access-control-expose-headers": "*", vary: "Origin" };
}
