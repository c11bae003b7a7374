/** RFC 9180 §7.3: AES-GCM and ChaCha20-Poly1305 of the platform. */

import { type CipherGCMTypes, createCipheriv, createDecipheriv } from "node:crypto";
import {
  AES_128_GCM,
  AES_256_GCM,
  type AeadCall,
  type AeadParameters,
  aead,
  CHACHA20_POLY1305,
} from "../../hpke/aead.ts";
import type { Aead, Bytes } from "../../hpke/algorithms.ts";
import { own } from "./octets.ts";

/** RFC 9180 §7.3: AES-128-GCM, by OpenSSL. */
export const aes128Gcm: Aead = /* @__PURE__ */ platform(AES_128_GCM, "aes-128-gcm");
/** RFC 9180 §7.3: AES-256-GCM, by OpenSSL. */
export const aes256Gcm: Aead = /* @__PURE__ */ platform(AES_256_GCM, "aes-256-gcm");
/** Node's types have a method for each AEAD; what is called on the objects is the same. */
export const chacha20Poly1305: Aead = /* @__PURE__ */ platform(
  CHACHA20_POLY1305,
  "chacha20-poly1305" as CipherGCMTypes,
);

/** What the platform returns is copied to its place: a piece that is still in the cache costs less than one of megabytes. */
const PIECE = 2 ** 16;

function platform(parameters: AeadParameters, cipher: CipherGCMTypes): Aead {
  const options = { authTagLength: parameters.Nt };
  return aead(parameters, {
    seal({ key, nonce, aad }: AeadCall, plaintext: Uint8Array): Bytes {
      const encryption = createCipheriv(cipher, key, nonce, options);
      if (aad.length > 0) encryption.setAAD(aad);
      const { length } = plaintext;
      const ciphertext = new Uint8Array(length + parameters.Nt);
      for (let at = 0; at < length; at += PIECE) {
        ciphertext.set(encryption.update(plaintext.subarray(at, at + PIECE)), at);
      }
      encryption.final();
      ciphertext.set(encryption.getAuthTag(), length);
      return ciphertext;
    },
    open({ key, nonce, aad }: AeadCall, ciphertext: Uint8Array): Bytes {
      const end = ciphertext.length - parameters.Nt;
      const decryption = createDecipheriv(cipher, key, nonce, options);
      if (aad.length > 0) decryption.setAAD(aad);
      decryption.setAuthTag(ciphertext.subarray(end));
      const plaintext = own(decryption.update(ciphertext.subarray(0, end)));
      decryption.final();
      return plaintext;
    },
  });
}
