/**
 * What the protocol demands for a verb, as a list of primitives and nothing else: the floor under every engine. A
 * recipe is run on bare primitives to be timed, and counted to be compared with what copath does.
 */

import type { OperationCounts } from "copath/testing";

/** One primitive, `times` times. Lengths are in octets. */
export type Step =
  | { readonly op: "hash"; readonly octets: number; readonly times: number }
  | { readonly op: "mac"; readonly times: number }
  /** KDF.Extract of as much. */
  | { readonly op: "extract"; readonly octets: number; readonly times: number }
  /** KDF.Expand to a key of the hash's length, with as long an `info`. */
  | { readonly op: "expand"; readonly octets: number; readonly times: number }
  /** KEM.DeriveKeyPair. */
  | { readonly op: "derive"; readonly times: number }
  /** Single-shot HPKE to so many keys under one `info`, which is hashed once. */
  | { readonly op: "seal"; readonly octets: number; readonly times: number }
  | { readonly op: "open"; readonly octets: number; readonly times: number }
  /** KEM.Encap, and a secret exported from the context (§8.3). */
  | { readonly op: "export"; readonly times: number }
  | { readonly op: "sign"; readonly octets: number; readonly times: number }
  /** Each under a key of its own. */
  | { readonly op: "verify"; readonly octets: number; readonly times: number }
  | { readonly op: "aeadSeal"; readonly octets: number; readonly times: number }
  | { readonly op: "aeadOpen"; readonly octets: number; readonly times: number };

export type Op = Step["op"];

export type Recipe = readonly Step[];

/** The same octets for each counted primitive as the counting suite of `copath/testing` would see. */
export function countsOf(recipe: Recipe): OperationCounts {
  const counts: OperationCounts = {
    hashes: 0,
    macs: 0,
    kdfExtracts: 0,
    kdfExpands: 0,
    aeadSeals: 0,
    aeadOpens: 0,
    deriveKeyPairs: 0,
    encaps: 0,
    decaps: 0,
    signatures: 0,
    verifications: 0,
  };
  for (const { op, times } of recipe) {
    for (const [name, each, once = 0] of SEEN[op]) counts[name] += times === 0 ? 0 : each * times + once;
  }
  return counts;
}

/**
 * Of each step: what the suite is asked for, how often for each time, and how often beside. What a KEM does inside is
 * its own: the suite sees an encapsulation, not the DH and the HKDF in it.
 */
const SEEN: Readonly<Record<Op, readonly (readonly [keyof OperationCounts, number, number?])[]>> = {
  hash: [["hashes", 1]],
  mac: [["macs", 1]],
  extract: [["kdfExtracts", 1]],
  expand: [["kdfExpands", 1]],
  derive: [["deriveKeyPairs", 1]],
  seal: [
    ["encaps", 1],
    ["kdfExtracts", 1, 1],
    ["kdfExpands", 2],
    ["aeadSeals", 1],
  ],
  open: [
    ["decaps", 1],
    ["kdfExtracts", 2],
    ["kdfExpands", 2],
    ["aeadOpens", 1],
  ],
  export: [
    ["encaps", 1],
    ["kdfExtracts", 2],
    ["kdfExpands", 1],
  ],
  sign: [["signatures", 1]],
  verify: [["verifications", 1]],
  aeadSeal: [["aeadSeals", 1]],
  aeadOpen: [["aeadOpens", 1]],
};
