/**
 * Parses the upload of a Worker: a multipart body of modules, with a part `metadata` that names the
 * main module and holds its bindings and settings. A second module is refused, because it would be
 * lost here.
 */
import { refusal, uncodedRefusal } from "../../resources/cloudflare/account.ts";
import { ensure, type Inputs } from "../../resources/resource-type.ts";

export interface Upload {
  /** The main module, byte for byte. */
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
  ensure(modules.length === 1, uncodedRefusal(400, "the local cloud accepts one module per Worker"));
  return { content: await textOf(form.get(mainModule)), metadata };
}

/** The provider sends an empty part if it cannot serialize `placement`. */
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
