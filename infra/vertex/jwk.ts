/**
 * Converts a public key into the form that Google accepts: a JSON Web Key whose id is computed from
 * the key (RFC 7638).
 */
import { calculateJwkThumbprint, exportJWK, importSPKI } from "jose";

export interface PublicJwk {
  kty: string;
  crv: string;
  x: string;
  y: string;
  alg: "ES256";
  use: "sig";
  kid: string;
}

/** @param pem an EC P-256 key in the format SPKI */
export async function publicJwk(pem: string): Promise<PublicJwk> {
  const { kty = "", crv = "", x = "", y = "" } = await exportJWK(await importSPKI(pem, "ES256", { extractable: true }));
  const kid = await calculateJwkThumbprint({ kty, crv, x, y });
  return { kty, crv, x, y, alg: "ES256", use: "sig", kid };
}
