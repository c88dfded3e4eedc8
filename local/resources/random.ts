/** The random provider has no cloud: its resources live in the state alone. */
import { randomText } from "../ids.ts";
import { type ResourceKind, require } from "./kind.ts";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const password: ResourceKind = {
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
    require(inputs.length >= 1, `Attribute length value must be at least 1, got: ${inputs.length}`);
    const result = randomText(inputs.length, ALPHANUMERIC);
    return { id: "none", outputs: { ...inputs, result }, secretOutputs: ["result"] };
  },
  read: (_state, _id, inputs) => ({ ...inputs }),
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete: () => undefined,
};

export const randomResources: Readonly<Record<string, ResourceKind>> = {
  "random:index/randomPassword:RandomPassword": password,
};
