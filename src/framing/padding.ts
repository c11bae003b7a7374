/** §15.1: how much a private message is padded, so that its length says less about its content. */

import { UsageError } from "../errors.ts";

/**
 * The number of zero octets to append to `contentLength` octets: the encoded content and its signature, which is what
 * an eavesdropper sees the length of.
 */
export type PaddingPolicy = (contentLength: number) => number;

/** No padding: the ciphertext tells the length of the content. */
export const noPadding: PaddingPolicy = () => 0;

/**
 * Pads to the next multiple of `block` octets.
 *
 * @throws UsageError `option.invalid`
 */
export function padToMultipleOf(block: number): PaddingPolicy {
  requireSize("block", block);
  return (contentLength) => Math.ceil(contentLength / block) * block - contentLength;
}

/**
 * Pads to the smallest of these sizes that is large enough, and beyond the largest to a multiple of it.
 *
 * @throws UsageError `option.invalid`
 */
export function padToSizes(...sizes: readonly number[]): PaddingPolicy {
  for (const size of sizes) requireSize("sizes", size);
  const ascending = [...sizes].sort((a, b) => a - b);
  const beyond = padToMultipleOf(ascending.at(-1) ?? 1);
  return (contentLength) => {
    const size = ascending.find((each) => each >= contentLength);
    return size === undefined ? beyond(contentLength) : size - contentLength;
  };
}

/**
 * Padmé: lengths become floating-point numbers with a short mantissa, so that a length of L octets tells O(log log L)
 * bits, at a cost of 12 per cent at most (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
 * Communication with PURBs").
 */
export const padme: PaddingPolicy = (contentLength) => {
  if (contentLength < 2) return 0;
  const exponent = Math.floor(Math.log2(contentLength));
  const mantissaBits = Math.floor(Math.log2(exponent)) + 1;
  const unit = 2 ** Math.max(0, exponent - mantissaBits);
  return Math.ceil(contentLength / unit) * unit - contentLength;
};

/**
 * As another policy, but the padded content never gets longer than `maxLength` octets by padding: the padding shrinks,
 * the content stays whole.
 *
 * @throws UsageError `option.invalid`
 */
export function padWithin(maxLength: number, policy: PaddingPolicy): PaddingPolicy {
  requireSize("maxLength", maxLength);
  return (contentLength) => Math.min(policy(contentLength), Math.max(0, maxLength - contentLength));
}

function requireSize(option: string, size: number): void {
  if (!Number.isSafeInteger(size) || size < 1) throw new UsageError("option.invalid", { option, size });
}
