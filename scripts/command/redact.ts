/**
 * Hides what looks like a secret in a text that comes from elsewhere: an error of a library, a
 * line of the CLI, an answer of a cloud. Our own texts never hold one.
 */
const SECRETS: readonly RegExp[] = [
  /\bsk-ant-[\w-]+/g,
  /\bya29\.[\w.-]+/g,
  /\bBearer\s+\S+/gi,
  /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  /-----BEGIN [^-]+-----[\s\S]*?-----END [^-]+-----/g,
  // Tokens of Cloudflare and of this project's clients: 40 characters and more without a break.
  /(?<![\w/-])[A-Za-z0-9_-]{40,}(?![\w/-])/g,
];

export function redact(text: string): string {
  return SECRETS.reduce((shown, secret) => shown.replace(secret, "[secret]"), text);
}
