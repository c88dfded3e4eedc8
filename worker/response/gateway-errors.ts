/**
 * Recognizes errors that AI Gateway itself makes by their form, and says what each one means for
 * the chain. Codes: developers.cloudflare.com/ai-gateway, cloudflare/ai
 * (packages/ai-gateway-provider) and captures in its issues.
 */

export interface GatewayVerdict {
  code: number;
  /**
   * With `continue` the provider gave no response, so the next target is asked. With `limited` and
   * `misconfigured` another target would get the same error.
   */
  action: "continue" | "limited" | "misconfigured";
  status: number;
  message: string;
}

export const BAD_RUN_TOKEN = 2009;

const MISCONFIGURED = { action: "misconfigured", status: 502 } as const;
const LIMITED = { action: "limited", status: 429 } as const;

const VERDICTS: Readonly<Record<number, Omit<GatewayVerdict, "code">>> = {
  2001: { ...MISCONFIGURED, message: "The AI Gateway of this stack does not exist (2001): run `pulumi up`." },
  2003: { ...LIMITED, message: "The AI Gateway's rate limit is reached (2003)." },
  2005: { action: "continue", status: 502, message: "The AI Gateway got no response from the provider (2005)." },
  2008: { ...MISCONFIGURED, message: "The AI Gateway does not know the provider (2008)." },
  [BAD_RUN_TOKEN]: {
    ...MISCONFIGURED,
    message: "The AI Gateway refused this stack's run token (2009): run `pulumi up`.",
  },
  2040: { ...MISCONFIGURED, message: "The AI Gateway found no credential for the provider (2040)." },
  2041: { ...LIMITED, message: "The AI Gateway's spend limit is reached (2041)." },
};

/**
 * @param body the parsed body of the error
 * @returns undefined if a provider made the error
 */
export function gatewayVerdict(body: unknown): GatewayVerdict | undefined {
  const error = body as {
    name?: unknown;
    success?: unknown;
    error?: { code?: unknown }[];
    internalCode?: unknown;
  } | null;
  const isGateways = error?.name === "AiGatewayError" || (error?.success === false && Array.isArray(error.error));
  if (!isGateways) return undefined;
  const code = Number(error.internalCode ?? error.error?.[0]?.code ?? 0);
  const unknown = { action: "continue", status: 502, message: `The AI Gateway failed (${code}).` } as const;
  return { code, ...(VERDICTS[code] ?? unknown) };
}
