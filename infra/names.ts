/**
 * Makes the names of the resources in the clouds from the project and the stack. Two stacks never
 * share a name, and each name keeps the limit of its API. A name that had to be changed or
 * shortened ends with 6 hexadecimal digits of a SHA-256, so that `PR_12` and `pr-12` get different
 * names.
 */
import { createHash } from "node:crypto";

export interface ResourceNames {
  /** AI Gateway id: up to 64 characters. */
  gateway: string;
  /** Script name, a DNS label of workers.dev: up to 63 characters. */
  worker: string;
  /** Google service account id: 6 to 30 characters, of which the first is a letter. */
  serviceAccount: string;
  /** Google custom role id: 3 to 64 characters of `[a-z0-9_]`. */
  role: string;
  /**
   * First part of a workload identity pool's id. A random part follows, because the id of a deleted
   * pool stays reserved.
   */
  pool: string;
  /**
   * Description for people: `<project>/<stack>`, up to 201 characters. A pool's description may
   * have 256.
   */
  label: string;
}

const HASH_LENGTH = 6;
/** The shortest service account id. The other APIs accept shorter names. */
const MIN_LENGTH = 6;
/** Length of the random part of a pool's id: a dash and six hexadecimal digits. */
const RANDOM_PART_LENGTH = 7;

export function resourceNames(project: string, stack: string): ResourceNames {
  return {
    gateway: fit(project, stack, 64),
    worker: fit(project, stack, 63),
    serviceAccount: fit(project, stack, 30),
    role: fit(project, stack, 64).replaceAll("-", "_"),
    pool: fit(project, stack, 32 - RANDOM_PART_LENGTH),
    label: `${project}/${stack}`,
  };
}

/** @param namedAfter project and stack, such as `claude-failover/dev`, whose names are kept after a rename */
export function namesAfter(namedAfter: string | undefined, project: string, stack: string): ResourceNames {
  const [givenProject, givenStack] = namedAfter?.split("/") ?? [];
  return resourceNames(givenProject ?? project, givenStack ?? stack);
}

function fit(project: string, stack: string, maxLength: number): string {
  const wanted = `${project}-${stack}`;
  const plain = wanted
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  // Google reserves ids that begin with `gcp-`.
  if (plain === wanted && plain.length >= MIN_LENGTH && plain.length <= maxLength && !plain.startsWith("gcp-"))
    return plain;
  const hash = createHash("sha256").update(`${project}/${stack}`).digest("hex").slice(0, HASH_LENGTH);
  const kept = plain
    .replace(/^gcp-+/, "")
    .replace(/^[^a-z]+/, "")
    .slice(0, maxLength - HASH_LENGTH - 1)
    .replace(/-+$/, "");
  return `${kept || "stack"}-${hash}`;
}
