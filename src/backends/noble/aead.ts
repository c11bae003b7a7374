/** RFC 9180 §7.3: AES-GCM and ChaCha20-Poly1305 in JavaScript. */

import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 as nobleChacha20Poly1305 } from "@noble/ciphers/chacha.js";
import { AES_128_GCM, AES_256_GCM, type AeadPrimitive, aead, CHACHA20_POLY1305 } from "../../hpke/aead.ts";
import type { Aead } from "../../hpke/algorithms.ts";

const aesGcm: AeadPrimitive = {
  seal: ({ key, nonce, aad }, plaintext) => gcm(key, nonce, aad).encrypt(plaintext),
  open: ({ key, nonce, aad }, ciphertext) => gcm(key, nonce, aad).decrypt(ciphertext),
};

export const aes128Gcm: Aead = /* @__PURE__ */ aead(AES_128_GCM, aesGcm);
export const aes256Gcm: Aead = /* @__PURE__ */ aead(AES_256_GCM, aesGcm);
export const chacha20Poly1305: Aead = /* @__PURE__ */ aead(CHACHA20_POLY1305, {
  seal: ({ key, nonce, aad }, plaintext) => nobleChacha20Poly1305(key, nonce, aad).encrypt(plaintext),
  open: ({ key, nonce, aad }, ciphertext) => nobleChacha20Poly1305(key, nonce, aad).decrypt(ciphertext),
});
