/**
 * Resources of the random provider. They exist only in Pulumi's state, not in a cloud. Source for
 * the names: the types of @pulumi/random.
 */
import { randomBytes } from "node:crypto";
import { randomText } from "../state/ids.ts";
import { ensure, type ResourceType } from "./resource-type.ts";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const password: ResourceType = {
  computed: ["result"],
  replaceOn: [
    "length",
    "special",
    "lower",
    "upper",
    "numeric",
    "minLower",
    "minUpper",
    "minNumeric",
    "minSpecial",
    "overrideSpecial",
    "keepers",
  ],
  create(_state, inputs) {
    ensure(inputs.length >= 1, `Attribute length value must be at least 1, got: ${inputs.length}`);
    const result = randomText(inputs.length, ALPHANUMERIC);
    return { id: "none", outputs: { ...inputs, result }, secretOutputs: ["result"] };
  },
  read: (_state, _id, inputs) => ({ ...inputs }),
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete: () => undefined,
};

/** The id is the value, so nothing about it is secret. */
const randomId: ResourceType = {
  computed: ["b64Std", "b64Url", "dec", "hex"],
  replaceOn: ["byteLength", "keepers", "prefix"],
  create(_state, inputs) {
    ensure(inputs.byteLength >= 1, `Attribute byte_length value must be at least 1, got: ${inputs.byteLength}`);
    const bytes = randomBytes(inputs.byteLength);
    const { prefix = "" } = inputs;
    const forms = {
      b64Std: `${prefix}${bytes.toString("base64")}`,
      b64Url: `${prefix}${bytes.toString("base64url")}`,
      dec: `${prefix}${BigInt(`0x${bytes.toString("hex")}`)}`,
      hex: `${prefix}${bytes.toString("hex")}`,
    };
    return { id: bytes.toString("base64url"), outputs: { ...inputs, ...forms } };
  },
  read: (_state, _id, inputs) => ({ ...inputs }),
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete: () => undefined,
};

export const randomResources: Readonly<Record<string, ResourceType>> = {
  "random:index/randomId:RandomId": randomId,
  "random:index/randomPassword:RandomPassword": password,
};
