/**
 * A client as one line of text, as the Worker's variables `CLIENTS_<n>` hold it: its name, the
 * SHA-256 digests of its tokens in unpadded base64url, its rights, its requests a minute. An
 * example: `ci <43 characters> operator batches 600`. A line is as readable as JSON and takes three
 * quarters of the space. `infra/worker/clients.ts` writes what the Worker reads, so both are here.
 */
export interface Client {
  name: string;
  /** May drill: have a target refused on purpose. Absent: no. */
  operator?: true;
  /** May use batches and files, which all clients with this right share. Absent: no. */
  batches?: true;
  /** Counted by the binding `RATE_LIMIT_<n>`, with the client's name as key. Absent: no limit. */
  requestsPerMinute?: number;
}

/**
 * A client and the SHA-256 digests of the tokens that are accepted, in unpadded base64url: one, and
 * while it is rotated the one before it.
 */
export type KnownClient = Client & { sha256: readonly string[] };

/**
 * Every variable but the last has so many lines, whatever they say. So the program knows how many
 * variables there are before a token exists, a rotation never needs another one, and a client that
 * is added at the end changes the last variable only. A line has at most 154 characters: 32 for the
 * name, twice 43 for the digests, 15 for the rights, 16 for the largest number, 5 spaces. So 32
 * lines take at most 4,959 bytes of the 5 KB that Cloudflare allows, also if a KB is 1,000 bytes.
 */
export const CLIENTS_PER_BINDING = 32;

const LINE = /^(\S+) ([\w-]{43})(?: ([\w-]{43}))?( operator)?( batches)?(?: ([1-9]\d*))?$/;

/** As a client is configured: a right that it lacks may be absent or false. */
interface ConfiguredClient {
  name: string;
  operator?: boolean;
  batches?: boolean;
  requestsPerMinute?: number | undefined;
}

/** @param sha256 in unpadded base64url: one, or the newest token's and the previous token's */
export function clientLine(client: ConfiguredClient, sha256: readonly string[]): string {
  const { name, operator, batches, requestsPerMinute } = client;
  const rights = [operator && "operator", batches && "batches"];
  return [name, ...sha256, ...rights, requestsPerMinute].filter(Boolean).join(" ");
}

/** @throws where the line is not a client's. */
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
