/** api.anthropic.com as far as this project touches it: authentication, versions, models, messages. Sources: docs/fidelity.md. */
import type { MessagesRequest } from "./claude.ts";
import type { CloudContext } from "./cloud.ts";
import { type Exchange, jsonBody } from "./exchange.ts";
import { randomText } from "./ids.ts";
import { failBeforeAnswer, problemWith, sendAnswer, sendError } from "./messages-api.ts";
import { servedByAnthropic } from "./models.ts";

const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Version → members that it no longer takes. */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  "2023-06-01": [],
  "2026-10-21": ["temperature", "top_p", "top_k"],
};

export function anthropicApi(exchange: Exchange, { state, faults, today }: CloudContext): void {
  const requestId = `req_011C${randomText(20)}`;
  const refuse = (status: number, message?: string) => sendError(exchange, status, requestId, message);
  const { headers, body } = exchange;

  const fault = faults.of("anthropic");
  if (failBeforeAnswer(exchange, fault)) return;
  if (body.length > MAX_BODY_BYTES) return refuse(413);
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  if (!state.anthropicApiKeys.has(headers["x-api-key"] ?? bearer ?? "")) return refuse(401);
  if (fault?.mode === "status") return sendError(exchange, fault.status, requestId, fault.message, fault.retryAfterS);
  if (exchange.path !== "/v1/messages") return refuse(404);
  if (exchange.method !== "POST") return refuse(405, "Method Not Allowed");
  const version = headers["anthropic-version"];
  if (!version) return refuse(400, "anthropic-version: header is required");
  const removed = VERSIONS[version];
  if (!removed) return refuse(400, `anthropic-version: ${JSON.stringify(version)} is not a valid version`);

  const request = jsonBody(exchange);
  const problem = problemWith(request);
  if (problem) return refuse(400, problem);
  const known = request as MessagesRequest & Record<string, unknown>;
  const extra = removed.find((name) => name in known);
  if (extra) return refuse(400, `${extra}: Extra inputs are not permitted`);
  if (typeof known.model !== "string") return refuse(400, "model: Field required");
  const model = servedByAnthropic(known.model, today);
  if (!model) return refuse(404, `model: ${known.model}`);

  const served = {
    messageIdPrefix: "msg_",
    requestId,
    model: model.anthropicId,
    headers: {
      "anthropic-organization-id": "00000000-0000-4000-8000-000000000000",
      "anthropic-ratelimit-requests-limit": "4000",
      "anthropic-ratelimit-requests-remaining": "3999",
    },
  };
  sendAnswer(exchange, known, served, fault);
}
