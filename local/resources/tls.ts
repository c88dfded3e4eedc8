/**
 * Resources of the tls provider. A key pair is created here and exists only in Pulumi's state.
 * Source for the names: the types of @pulumi/tls.
 */
import { createHash, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { ensure, type ResourceType } from "./resource-type.ts";

/** The provider's name for a curve → OpenSSL's name. */
const CURVES: ReadonlyMap<string, string> = new Map([
  ["P224", "secp224r1"],
  ["P256", "prime256v1"],
  ["P384", "secp384r1"],
  ["P521", "secp521r1"],
]);

const privateKey: ResourceType = {
  computed: ["privateKeyPem", "privateKeyPemPkcs8", "publicKeyPem"],
  replaceOn: ["algorithm", "ecdsaCurve", "rsaBits"],
  async create(_state, inputs) {
    const { algorithm, ecdsaCurve = "P224" } = inputs;
    ensure(algorithm === "ECDSA", `The local cloud supports only ECDSA keys, not ${algorithm}.`);
    const namedCurve = CURVES.get(ecdsaCurve);
    ensure(
      namedCurve,
      `Attribute ecdsa_curve value must be one of: ${[...CURVES.keys()].join(", ")}, got: ${ecdsaCurve}`,
    );
    const pair = await promisify(generateKeyPair)("ec", { namedCurve });
    const publicKeyPem = String(pair.publicKey.export({ type: "spki", format: "pem" }));
    const outputs = {
      ...inputs,
      ecdsaCurve,
      privateKeyPem: pair.privateKey.export({ type: "sec1", format: "pem" }),
      privateKeyPemPkcs8: pair.privateKey.export({ type: "pkcs8", format: "pem" }),
      publicKeyPem,
    };
    const id = createHash("sha1").update(publicKeyPem).digest("hex");
    return { id, outputs, secretOutputs: ["privateKeyPem", "privateKeyPemPkcs8"] };
  },
  read: (_state, _id, inputs) => ({ ...inputs }),
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete: () => undefined,
};

export const tlsResources: Readonly<Record<string, ResourceType>> = {
  "tls:index/privateKey:PrivateKey": privateKey,
};
