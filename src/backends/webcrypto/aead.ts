/**
 * RFC 9180 §7.3: the AEADs in JavaScript, which answer at once, and those of the platform for large data, which are
 * many times as fast and answer later.
 */

import { equal } from "../../bytes.ts";
import { type AeadCall, type LaterAeadPrimitive, withLarge } from "../../hpke/aead.ts";
import { type Aead, after, type Bytes } from "../../hpke/algorithms.ts";
import { aes128Gcm as nobleAes128Gcm, aes256Gcm as nobleAes256Gcm } from "../noble/aead.ts";
import { chacha20Poly1305 as nobleChacha20Poly1305 } from "../noble/chacha20-poly1305.ts";
import { type Native, native, plain, subtle } from "./platform.ts";

/** A cipher of the platform, or of JavaScript where it has none. */
interface EitherCipher extends LaterAeadPrimitive {
  readonly native: Native;
}

/** Measured: from a few kilobytes on the wait for the platform costs less than the cipher in JavaScript. */
const THRESHOLD = 4096;

export const largeAes128Gcm: EitherCipher = /* @__PURE__ */ either("AES-GCM", "raw", nobleAes128Gcm);
export const largeAes256Gcm: EitherCipher = /* @__PURE__ */ either("AES-GCM", "raw", nobleAes256Gcm);
export const largeChacha20Poly1305: EitherCipher = /* @__PURE__ */ either(
  "ChaCha20-Poly1305",
  // Newer than the types.
  "raw-secret" as "raw",
  nobleChacha20Poly1305,
);

/** RFC 9180 §7.3: AES-128-GCM, in JavaScript, of large data on the platform. */
export const aes128Gcm: Aead = /* @__PURE__ */ withLarge(nobleAes128Gcm, THRESHOLD, largeAes128Gcm);
/** RFC 9180 §7.3: AES-256-GCM, in JavaScript, of large data on the platform. */
export const aes256Gcm: Aead = /* @__PURE__ */ withLarge(nobleAes256Gcm, THRESHOLD, largeAes256Gcm);
/** RFC 9180 §7.3: ChaCha20-Poly1305, in JavaScript, of large data on the platform. */
export const chacha20Poly1305: Aead = /* @__PURE__ */ withLarge(
  nobleChacha20Poly1305,
  THRESHOLD,
  largeChacha20Poly1305,
);

function either(algorithm: string, format: "raw", javascript: Aead): EitherCipher {
  const platform = platformCipher(algorithm, format);
  const works = native(async () => {
    const call = {
      key: new Uint8Array(javascript.Nk).fill(1),
      nonce: new Uint8Array(javascript.Nn),
      aad: Uint8Array.of(2),
    };
    const ciphertext = javascript.seal(call.key, call.nonce, call.aad, call.key);
    return (
      equal(await platform.seal(call, call.key), ciphertext) && equal(await platform.open(call, ciphertext), call.key)
    );
  });
  return {
    native: works,
    seal(call, plaintext) {
      const here = () => javascript.seal(call.key, call.nonce, call.aad, plaintext);
      return after(works(), (yes) => (yes ? platform.seal(call, plaintext).catch(here) : here()));
    },
    open(call, ciphertext) {
      const here = () => javascript.open(call.key, call.nonce, call.aad, ciphertext);
      const unlessRefused = (error: unknown) => {
        if (isRefusal(error)) throw error;
        return here();
      };
      return after(works(), (yes) => (yes ? platform.open(call, ciphertext).catch(unlessRefused) : here()));
    },
  };
}

/** A wrong tag, by which the platform refuses a ciphertext. Whatever else it fails by, as for want of memory, is its own. */
function isRefusal(error: unknown): boolean {
  return (error as { readonly name?: unknown } | undefined)?.name === "OperationError";
}

function platformCipher(name: string, format: "raw") {
  const imported = (key: Uint8Array, use: "encrypt" | "decrypt") =>
    subtle().importKey(format, plain(key), name, false, [use]);
  const parameters = ({ nonce, aad }: AeadCall) => ({ name, iv: plain(nonce), additionalData: plain(aad) });
  return {
    async seal(call: AeadCall, plaintext: Uint8Array): Promise<Bytes> {
      const key = await imported(call.key, "encrypt");
      return new Uint8Array(await subtle().encrypt(parameters(call), key, plain(plaintext)));
    },
    async open(call: AeadCall, ciphertext: Uint8Array): Promise<Bytes> {
      const key = await imported(call.key, "decrypt");
      return new Uint8Array(await subtle().decrypt(parameters(call), key, plain(ciphertext)));
    },
  };
}
