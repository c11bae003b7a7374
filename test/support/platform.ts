/** What differs between the platforms that the tests run on. */

/** In browsers the backend of Node is that of Web Cryptography (vitest.browser.config.ts), which answers later. */
export const inBrowser: boolean = "document" in globalThis;

/** Whether Web Cryptography here has X448, without which @hpke/core has none. */
export const platformHasX448: boolean = await crypto.subtle.generateKey("X448", false, ["deriveBits"]).then(
  () => true,
  () => false,
);
