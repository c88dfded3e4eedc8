/**
 * Writes and reads a client as one line of text in the Worker's variables `CLIENTS_<n>`. The line
 * has the client's name, the SHA-256 digests of its tokens in unpadded base64url, its rights and
 * its requests per minute. An example: `ci <43 characters> operator batches 600`. A line is as
 * readable as JSON and needs three quarters of the space. `infra/worker/clients.ts` writes the
 * lines and the Worker reads them, so both functions are in this file.
 */
export interface Client {
  name: string;
  /**
   * Whether the client may rehearse a failover: it can make a target refuse a request on purpose.
   */
  operator?: true;
  /** Whether the client may use batches and files, which all clients with this right share. */
  batches?: true;
  /**
   * The client's rate limit. The binding `RATE_LIMIT_<n>` counts requests under the client's name.
   */
  requestsPerMinute?: number;
  /** Whether the request has the client's previous token, which a rotation will end. */
  usesPreviousToken?: true;
}

/**
 * A client with the SHA-256 digests of its accepted tokens in unpadded base64url: the current token
 * and, while it is rotated, the previous one.
 */
export type KnownClient = Client & { sha256: readonly string[] };

/**
 * Number of lines in every variable except the last. The number is fixed for three reasons: the
 * program knows how many variables there are before a token exists, a rotation never needs another
 * variable, and a client that is added at the end changes only the last variable. A line has at
 * most 154 characters: 32 for the name, twice 43 for the digests, 15 for the rights, 16 for the
 * largest number, and 5 spaces. So 32 lines need at most 4,959 bytes of the 5 KB that Cloudflare
 * allows, even if a KB is only 1,000 bytes.
 */
export const CLIENTS_PER_BINDING = 32;

const LINE = /^(\S+) ([\w-]{43})(?: ([\w-]{43}))?( operator)?( batches)?(?: ([1-9]\d*))?$/;

/** A client in the configuration. A right that the client does not have is absent or false. */
interface ConfiguredClient {
  name: string;
  operator?: boolean;
  batches?: boolean;
  requestsPerMinute?: number | undefined;
}

/**
 * @param sha256 digests in unpadded base64url: that of the current token and, if there is one, that
 * of the previous token
 */
export function clientLine(client: ConfiguredClient, sha256: readonly string[]): string {
  const { name, operator, batches, requestsPerMinute } = client;
  const rights = [operator && "operator", batches && "batches"];
  return [name, ...sha256, ...rights, requestsPerMinute].filter(Boolean).join(" ");
}

/** @throws if the line is not a client */
export function parseClient(line: string): KnownClient {
  const [, name, newest, previous, operator, batches, rate] = LINE.exec(line) ?? [];
  if (!name || !newest) throw new Error("not a client");
  return {
    name,
    ...(operator ? { operator: true } : {}),
    ...(batches ? { batches: true } : {}),
    ...(rate ? { requestsPerMinute: Number(rate) } : {}),
    sha256: previous ? [newest, previous] : [newest],
  };
}
