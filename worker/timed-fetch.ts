/**
 * A fetch with a time limit that ends either with the answer's headers (a streamed answer's events have limits of their own)
 * or with its body. What it rejects with on time-out is named `TimeoutError`; a caller that leaves ends it too.
 */
export async function timedFetch(
  limitMs: number,
  until: "headers" | "body",
  callerSignal: AbortSignal,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  if (until === "body") return send(AbortSignal.any([callerSignal, AbortSignal.timeout(limitMs)]));
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException("no first byte", "TimeoutError")), limitMs);
  try {
    return await send(AbortSignal.any([callerSignal, controller.signal]));
  } finally {
    clearTimeout(timer);
  }
}
