/**
 * Platform keys of raw ones, imported in the fastest of the ways there are (measured: JWK for RFC 7748, EdDSA and public
 * keys on P-256, DER otherwise and where JWK must be complete) and kept no longer than the octets that they were made of.
 *
 * Never `generateKeyPairSync`: exporting what it makes can deadlock the process on Node 20.
 */

import { createECDH, createPrivateKey, createPublicKey, type ECDH, type KeyObject } from "node:crypto";
import { concat, copy, equal, fromHex, wipe } from "../../bytes.ts";
import type { Bytes } from "../../hpke/algorithms.ts";
import type { NistCurve } from "../../hpke/nist-curves.ts";
import { base64url, ofBase64url, own } from "./octets.ts";

/** Keys of one curve of RFC 7748 or RFC 8032. */
export interface OkpKeys {
  privateKey(raw: Uint8Array): KeyObject;
  /** For a key that will not come back. */
  importPrivate(raw: Uint8Array): KeyObject;
  publicKey(raw: Uint8Array): KeyObject;
  /** For a key that will hardly come back. */
  importPublic(raw: Uint8Array): KeyObject;
  /** The raw public key of a private one. */
  exportPublic(privateKey: KeyObject): Bytes;
  publicKeyOf(privateKey: Uint8Array): Bytes;
}

export function okpKeys(crv: "X25519" | "X448" | "Ed25519" | "Ed448"): OkpKeys {
  const prefix = fromHex(OKP_PREFIX[crv]);
  const importPrivate = (raw: Uint8Array) => {
    if (takesJwkWithoutX()) return importIncompleteJwk(crv, raw);
    const der = concat(prefix, raw);
    const key = createPrivateKey({ format: "der", type: "pkcs8", key: Buffer.from(der.buffer) });
    wipe(der);
    return key;
  };
  const privateKey = remembering(importPrivate);
  const importPublic = (raw: Uint8Array) =>
    createPublicKey({ format: "jwk", key: { kty: "OKP", crv, x: base64url(raw) } });
  const exportPublic = (key: KeyObject) => ofBase64url(createPublicKey(key).export({ format: "jwk" }).x);
  return {
    privateKey,
    importPrivate,
    publicKey: rememberingRepeated(importPublic),
    importPublic,
    exportPublic,
    publicKeyOf: (raw) => exportPublic(privateKey(raw)),
  };
}

/** What PKCS #8 puts before a raw key (RFC 8410). */
const OKP_PREFIX = {
  X25519: "302e020100300506032b656e04220420",
  X448: "3046020100300506032b656f043a0438",
  Ed25519: "302e020100300506032b657004220420",
  Ed448: "3047020100300506032b6571043b0439",
};

/** Node wants an `x` to be there; versions before 26 do not look at it. */
function importIncompleteJwk(crv: string, raw: Uint8Array): KeyObject {
  return createPrivateKey({ format: "jwk", key: { kty: "OKP", crv, d: base64url(raw), x: "" } });
}

let jwkWithoutX: boolean | undefined;

function takesJwkWithoutX(): boolean {
  if (jwkWithoutX === undefined) {
    try {
      jwkWithoutX = importIncompleteJwk("X25519", new Uint8Array(32)).type === "private";
    } catch {
      jwkWithoutX = false;
    }
  }
  return jwkWithoutX;
}

/** Keys of one NIST curve. Scalars and points are checked before they come here. */
export interface EcKeys {
  /** Cheaper than a `KeyObject` to make of a scalar. */
  ecdh(privateKey: Uint8Array): ECDH;
  privateKey(raw: Uint8Array): KeyObject;
  publicKey(raw: Uint8Array): KeyObject;
  publicKeyOf(privateKey: Uint8Array): Bytes;
}

interface EcNames {
  readonly openssl: string;
  /** The object identifier of the curve, encoded. */
  readonly oid: string;
  /** What precedes a point in a SubjectPublicKeyInfo (RFC 5480). */
  readonly spki: string;
}

const EC_NAMES: Readonly<Record<NistCurve["name"], EcNames>> = {
  "P-256": {
    openssl: "prime256v1",
    oid: "06082a8648ce3d030107",
    spki: "3059301306072a8648ce3d020106082a8648ce3d030107034200",
  },
  "P-384": {
    openssl: "secp384r1",
    oid: "06052b81040022",
    spki: "3076301006072a8648ce3d020106052b81040022036200",
  },
  "P-521": {
    openssl: "secp521r1",
    oid: "06052b81040023",
    spki: "30819b301006072a8648ce3d020106052b8104002303818600",
  },
};

export function ecKeys({ name, length }: NistCurve): EcKeys {
  const { openssl, oid, spki } = EC_NAMES[name];
  const prefix = fromHex(spki);
  const parameters = fromHex(oid);

  const ecdh = remembering((scalar) => {
    const agreement = createECDH(openssl);
    agreement.setPrivateKey(scalar);
    return agreement;
  });
  const publicKeyOf = (scalar: Uint8Array) => own(ecdh(scalar).getPublicKey());

  const importPrivate = (scalar: Uint8Array) => {
    const der = ecPrivateKey(scalar, parameters, publicKeyOf(scalar));
    const key = createPrivateKey({ format: "der", type: "sec1", key: Buffer.from(der.buffer) });
    wipe(der);
    return key;
  };
  const importPublic = (point: Uint8Array) => {
    if (name !== "P-256") return createPublicKey({ format: "der", type: "spki", key: Buffer.concat([prefix, point]) });
    const [x, y] = [base64url(point.subarray(1, 1 + length)), base64url(point.subarray(1 + length))];
    return createPublicKey({ format: "jwk", key: { kty: "EC", crv: name, x, y } });
  };
  return { ecdh, publicKeyOf, privateKey: remembering(importPrivate), publicKey: rememberingRepeated(importPublic) };
}

/** RFC 5915 ECPrivateKey, with the public key, which would be computed again if it were not there. */
function ecPrivateKey(scalar: Uint8Array, parameters: Uint8Array, publicKey: Uint8Array): Bytes {
  const bits = element(0x03, Uint8Array.of(0), publicKey);
  return element(
    0x30,
    element(0x02, Uint8Array.of(1)),
    element(0x04, scalar),
    element(0xa0, parameters),
    element(0xa1, bits),
  );
}

function element(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concat(length < 0x80 ? Uint8Array.of(tag, length) : Uint8Array.of(tag, 0x81, length), ...parts);
}

/** A platform key for each private one. */
function remembering<T>(make: (raw: Uint8Array) => T): (raw: Uint8Array) => T {
  const made = new WeakMap<Uint8Array, T>();
  return (raw) => {
    const before = made.get(raw);
    if (before !== undefined) return before;
    const value = make(raw);
    made.set(raw, value);
    return value;
  };
}

/**
 * Platform keys for public ones that come back: those of a large group are used once each, at joining, and would fill
 * the memory. A public key may be a view of a buffer that its owner reuses, so its octets are compared.
 */
function rememberingRepeated<T>(make: (raw: Uint8Array) => T): (raw: Uint8Array) => T {
  const made = new WeakMap<Uint8Array, { octets: Uint8Array; value: T } | "once">();
  return (raw) => {
    const before = made.get(raw);
    if (before === undefined) {
      made.set(raw, "once");
      return make(raw);
    }
    if (before !== "once" && equal(before.octets, raw)) return before.value;
    const value = make(raw);
    made.set(raw, { octets: copy(raw), value });
    return value;
  };
}
