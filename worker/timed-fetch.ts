/** A fetch with a time limit to the answer's headers; a caller that leaves ends it too. */
export async function timedFetch(
  limitMs: number,
  callerSignal: AbortSignal,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  try {
    return await send(AbortSignal.any([callerSignal, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}
