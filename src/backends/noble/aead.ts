/** RFC 9180 §7.3: AES-GCM in JavaScript. */

import { gcm } from "@noble/ciphers/aes.js";
import { AES_128_GCM, AES_256_GCM, type AeadPrimitive, aead } from "../../hpke/aead.ts";
import type { Aead } from "../../hpke/algorithms.ts";

const aesGcm: AeadPrimitive = {
  seal: ({ key, nonce, aad }, plaintext) => gcm(key, nonce, aad).encrypt(plaintext),
  open: ({ key, nonce, aad }, ciphertext) => gcm(key, nonce, aad).decrypt(ciphertext),
};

/** RFC 9180 §7.3: AES-128-GCM, in JavaScript. */
export const aes128Gcm: Aead = /* @__PURE__ */ aead(AES_128_GCM, aesGcm);
/** RFC 9180 §7.3: AES-256-GCM, in JavaScript. */
export const aes256Gcm: Aead = /* @__PURE__ */ aead(AES_256_GCM, aesGcm);
