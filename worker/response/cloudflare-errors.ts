/**
 * The statuses with which Cloudflare, in front of a provider, says that the provider gave no usable
 * answer. The attempts show them as they are. The caller gets 502 or 504 instead: from this Worker
 * they would say that Cloudflare did not reach the Worker. Source: developers.cloudflare.com,
 * "Cloudflare 5xx errors".
 */
const CALLERS_STATUSES: Readonly<Record<number, number>> = {
  /** Empty, unknown or unexpected answer. */
  520: 502,
  /** The origin refused the connection. */
  521: 502,
  /** The connection timed out. */
  522: 504,
  /** The origin is unreachable. */
  523: 502,
  /** The origin did not answer in time. */
  524: 504,
  /** The TLS handshake failed. */
  525: 502,
  /** The origin's certificate is invalid. */
  526: 502,
  /** An error 1xxx, such as an origin whose name cannot be resolved. */
  530: 502,
};

/** @returns the status for the caller; any other status stays as it is */
export function withoutCloudflares(status: number): number {
  return CALLERS_STATUSES[status] ?? status;
}
