/**
 * The platform's `crypto.subtle`, and whether it can be relied on for a primitive. It is asked once for each, with
 * known answers: one that lacks a primitive, or computes it otherwise than the other backends do, is not asked again.
 */

import { copy } from "../../bytes.ts";
import { UsageError } from "../../errors.ts";
import type { Awaitable, Bytes } from "../../hpke/algorithms.ts";

/** The platform's cryptography. Browsers have it in secure contexts only. */
export function platform(): SubtleCrypto | undefined {
  const { crypto } = globalThis as { readonly crypto?: { readonly subtle?: SubtleCrypto } };
  return crypto?.subtle;
}

/** @throws UsageError `suite.primitive_missing` where there is none */
export function subtle(): SubtleCrypto {
  const found = platform();
  if (found === undefined) throw new UsageError("suite.primitive_missing", { missing: "crypto.subtle" });
  return found;
}

/** Whether the platform computes a primitive. A promise until it has answered for the first time. */
export type Native = () => Awaitable<boolean>;

/** A primitive is native if the question resolves with `true`; an error is a no. */
export function native(question: () => Promise<boolean>): Native {
  const answers = new WeakMap<SubtleCrypto, Awaitable<boolean>>();
  return () => {
    const asked = platform();
    if (asked === undefined) return false;
    const known = answers.get(asked);
    if (known !== undefined) return known;
    const settle = (works: boolean): boolean => {
      answers.set(asked, works);
      return works;
    };
    const answer = question().then(settle, () => settle(false));
    answers.set(asked, answer);
    return answer;
  };
}

/** What the platform's interface takes: an ordinary buffer, not one that is shared, resizable or of another realm. */
export function plain(bytes: Uint8Array): Bytes {
  const { buffer } = bytes;
  const ordinary = buffer instanceof ArrayBuffer && (buffer as { readonly resizable?: boolean }).resizable !== true;
  return ordinary ? (bytes as Bytes) : copy(bytes);
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

export function ofBase64url(text = ""): Bytes {
  const octets = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(octets, (octet) => octet.charCodeAt(0));
}
