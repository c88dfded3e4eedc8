/** The command that rotates a secret of the stack. */
export type Secret = "gatewayToken" | "google" | "anthropicApiKey" | { client: string };

export function rotationCommand(secret: Secret): string {
  return `npm run rotate -- ${typeof secret === "string" ? secret : `client:${secret.client}`}`;
}
