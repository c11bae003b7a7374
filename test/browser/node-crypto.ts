/** What tests use of `node:crypto`: hashing that does not go through what is tested. */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { toHex, utf8 } from "../../src/bytes.ts";

class Digest {
  readonly #state: ReturnType<typeof sha256.create>;

  constructor(state: ReturnType<typeof sha256.create>) {
    this.#state = state;
  }

  update(data: Uint8Array | string): this {
    this.#state.update(typeof data === "string" ? utf8(data) : data);
    return this;
  }

  digest(encoding?: "hex"): Uint8Array | string {
    const octets = this.#state.digest();
    return encoding === "hex" ? toHex(octets) : octets;
  }
}

export function createHash(algorithm: string): Digest {
  return new Digest(requireSha256(algorithm).create());
}

export function createHmac(algorithm: string, key: Uint8Array): Digest {
  return new Digest(hmac.create(requireSha256(algorithm), key) as never);
}

function requireSha256(algorithm: string): typeof sha256 {
  if (algorithm !== "sha256") throw new Error(`there is no ${algorithm} here`);
  return sha256;
}
