/**
 * §5.1.1: ECDSA public keys are uncompressed points. ts-mls sends compressed ones, other implementations read them without a
 * word, and a whole group refuses no member for it; so this client reads them as well, though the library does not.
 */
import { ECDH } from "node:crypto";
import type { Backend, SignatureScheme } from "copath/crypto";

/** By the scheme: the curve as OpenSSL calls it, and how long a coordinate is. */
const CURVES: Readonly<Record<string, { readonly curve: string; readonly length: number }>> = {
  ecdsa_secp256r1_sha256: { curve: "prime256v1", length: 32 },
  ecdsa_secp384r1_sha384: { curve: "secp384r1", length: 48 },
  ecdsa_secp521r1_sha512: { curve: "secp521r1", length: 66 },
};

/** The same backend, except that it takes compressed points for public keys of signatures. It makes none. */
export const readingCompressedKeys = (backend: Backend): Backend => ({
  ...backend,
  signatures: backend.signatures.map(reading),
});

function reading(scheme: SignatureScheme): SignatureScheme {
  const { curve, length } = CURVES[scheme.name] ?? {};
  if (curve === undefined || length === undefined) return scheme;
  const uncompressed = (publicKey: Uint8Array): Uint8Array => {
    if (publicKey.length !== 1 + length) return publicKey;
    try {
      return new Uint8Array(ECDH.convertKey(publicKey, curve, undefined, undefined, "uncompressed") as Buffer);
    } catch {
      return publicKey;
    }
  };
  return {
    ...scheme,
    checkPublicKey: (publicKey) => scheme.checkPublicKey(uncompressed(publicKey)),
    verifyMany: (requests) =>
      scheme.verifyMany(requests.map((request) => ({ ...request, publicKey: uncompressed(request.publicKey) }))),
  };
}
