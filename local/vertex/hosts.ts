/** Vertex AI's hosts: each location has one, and its name says which. */

/** @returns the location that a host serves; undefined when the host does not belong to Vertex */
export function vertexLocation(host: string): string | undefined {
  if (host === "aiplatform.googleapis.com") return "global";
  return /^(?:([a-z0-9-]+)-aiplatform\.googleapis\.com|aiplatform\.(us|eu)\.rep\.googleapis\.com)$/
    .exec(host)
    ?.slice(1)
    .find(Boolean);
}

export function vertexHost(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com";
  return location === "us" || location === "eu"
    ? `aiplatform.${location}.rep.googleapis.com`
    : `${location}-aiplatform.googleapis.com`;
}
