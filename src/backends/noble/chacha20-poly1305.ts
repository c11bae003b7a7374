/** RFC 9180 §7.3: ChaCha20-Poly1305 in JavaScript. */

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { aead, CHACHA20_POLY1305 } from "../../hpke/aead.ts";
import type { Aead } from "../../hpke/algorithms.ts";

/** RFC 9180 §7.3: ChaCha20-Poly1305, in JavaScript. */
export const chacha20Poly1305: Aead = /* @__PURE__ */ aead(CHACHA20_POLY1305, {
  seal: ({ key, nonce, aad }, plaintext) => chacha20poly1305(key, nonce, aad).encrypt(plaintext),
  open: ({ key, nonce, aad }, ciphertext) => chacha20poly1305(key, nonce, aad).decrypt(ciphertext),
});
