/**
 * The Files API of api.anthropic.com, as far as a proxy's tests need it. It is generally available,
 * so it needs no beta. The beta `files-api-2025-04-14` selects the old list format. Source:
 * @anthropic-ai/sdk, its types and changelog (0.122.0).
 */
import type { DeletedFile, FileMetadata } from "@anthropic-ai/sdk/resources/files";
import { randomText } from "../state/ids.ts";
import type { FileState } from "../state/index.ts";
import { type AnthropicCall, answerBytes, answerJson, refuse } from "./call.ts";
import { pageOf } from "./page.ts";

const OLD_LIST_BETA = "files-api-2025-04-14";

export async function uploadFile(call: AnthropicCall): Promise<void> {
  const file = await fileOf(call).catch(() => undefined);
  if (!file) return refuse(call, 400, "file: Field required");
  const created: FileState = {
    id: `file_011C${randomText(20)}`,
    filename: file.name.split("/").at(-1) || "unnamed",
    mimeType: file.type || "application/octet-stream",
    createdAt: new Date().toISOString(),
    downloadable: false,
    content: Buffer.from(await file.arrayBuffer()),
  };
  call.state.files.set(created.id, created);
  answerJson(call, fileInfo(created));
}

export function listFiles(call: AnthropicCall): void {
  const { query, headers } = call.exchange;
  // The `page` cursor is a file id here, the same as `after_id`.
  const pageQuery = new URLSearchParams(query);
  const cursor = query.get("page");
  if (cursor) pageQuery.set("after_id", cursor);
  const page = pageOf([...call.state.files.values()].map(fileInfo).reverse(), pageQuery);
  if (!page) return refuse(call, 400, "limit: Input should be between 1 and 1000");
  const usesOldFormat = headers["anthropic-beta"]?.includes(OLD_LIST_BETA) === true;
  answerJson(call, usesOldFormat ? page : { data: page.data, next_page: page.has_more ? page.last_id : null });
}

export function retrieveFile(call: AnthropicCall): void {
  withFile(call, (file) => answerJson(call, fileInfo(file)));
}

export function downloadFile(call: AnthropicCall): void {
  withFile(call, (file) => {
    if (!file.downloadable) return refuse(call, 400, `File ${file.id} is not downloadable.`);
    answerBytes(call, file.mimeType, file.content);
  });
}

export function deleteFile(call: AnthropicCall): void {
  withFile(call, ({ id }) => {
    call.state.files.delete(id);
    answerJson(call, { id, type: "file_deleted" } satisfies DeletedFile);
  });
}

function withFile(call: AnthropicCall, then: (file: FileState) => void): void {
  const file = call.state.files.get(call.id);
  if (file) then(file);
  else refuse(call, 404, `File not found: ${call.id}`);
}

/** The part `file` of a multipart body. Rejects when the body is not multipart. */
async function fileOf({ exchange }: AnthropicCall): Promise<File | undefined> {
  const headers = { "content-type": exchange.headers["content-type"] ?? "" };
  const part = (await new Response(new Uint8Array(exchange.body), { headers }).formData()).get("file");
  return part instanceof File ? part : undefined;
}

function fileInfo({ id, filename, mimeType, createdAt, downloadable, content }: FileState): FileMetadata {
  return {
    id,
    type: "file",
    filename,
    mime_type: mimeType,
    size_bytes: content.length,
    created_at: createdAt,
    downloadable,
    expires_at: null,
  };
}
