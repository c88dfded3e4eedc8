/**
 * The host that serves a Vertex location: regions, the two multi-regions and `global` have three
 * forms of names. Source: @anthropic-ai/vertex-sdk, client.ts.
 */
export function vertexHost(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com";
  if (location === "us" || location === "eu") return `aiplatform.${location}.rep.googleapis.com`;
  return `${location}-aiplatform.googleapis.com`;
}
