/**
 * An upload of a Worker: a multipart body of modules and a part `metadata` that says which is the main one, with what bindings
 * and under which rules. A second module would be dropped here, so it is refused.
 */
import { refusal, uncodedRefusal } from "../../resources/cloudflare/account.ts";
import { ensure, type Inputs } from "../../resources/resource-type.ts";

export interface Upload {
  /** Byte for byte. */
  content: string;
  metadata: Inputs;
}

export async function parseUpload(upload: Response): Promise<Upload> {
  const form = await upload.formData().catch(() => undefined);
  ensure(form, refusal(400, 10021, "the upload is no multipart/form-data"));
  const metadata = parseMetadata(await textOf(form.get("metadata")));
  const mainModule: unknown = metadata.main_module;
  ensure(typeof mainModule === "string", refusal(400, 10021, "the metadata name no main_module"));
  const modules = [...form.keys()].filter((name) => name !== "metadata");
  ensure(modules.includes(mainModule), refusal(400, 10021, `No such module "${mainModule}".`));
  ensure(modules.length === 1, uncodedRefusal(400, "the local cloud takes one module a Worker"));
  return { content: await textOf(form.get(mainModule)), metadata };
}

/** The provider sends an empty part where it cannot print `placement`. */
function parseMetadata(text: string): Inputs {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function textOf(part: File | string | null): string | Promise<string> {
  return part instanceof File ? part.text() : (part ?? "");
}
