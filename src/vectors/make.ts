/**
 * Our own vectors in the formats of the MLS working group: the table of contents. A seed and a suite give the same
 * octets each time, wherever signatures are deterministic: on the noble backend always.
 */

import type { CipherSuite, Random } from "../crypto/cipher-suite.ts";
import { seededRandom } from "../testing/random.ts";
import { makeCryptoBasics, makeDeserialization, makeTreeMath } from "./make-basics.ts";
import type { MakeInput } from "./make-formulas.ts";
import { makeMessageProtection } from "./make-framing.ts";
import { makeMessages } from "./make-messages.ts";
import { makePassiveClientRandom } from "./make-random-story.ts";
import { makeKeySchedule, makePskSecret, makeSecretTree, makeTranscriptHashes } from "./make-schedule.ts";
import { makePassiveClientHandlingCommit, makePassiveClientWelcome } from "./make-stories.ts";
import { makeTreekem, makeTreeOperations, makeTreeValidation } from "./make-trees.ts";
import { makeWelcome } from "./make-welcome.ts";

/** What the vectors in `test-vectors/own` are made of. */
export const OWN_SEED = "copath";

/** Which vectors are made. */
export interface MakeOptions {
  /** Everything for suite 1, but of the other suites only their share, and shorter stories. Default: false. */
  readonly small?: boolean;
}

/** Cases by the name of the file that they go into. */
export type MadeVectors = Readonly<Record<string, readonly unknown[]>>;

const MAKERS: Readonly<Record<string, (input: MakeInput) => unknown[] | Promise<unknown[]>>> = {
  "crypto-basics.json": makeCryptoBasics,
  "deserialization.json": makeDeserialization,
  "key-schedule.json": makeKeySchedule,
  "message-protection.json": makeMessageProtection,
  "messages.json": makeMessages,
  "passive-client-handling-commit.json": makePassiveClientHandlingCommit,
  "passive-client-random.json": makePassiveClientRandom,
  "passive-client-welcome.json": makePassiveClientWelcome,
  "psk_secret.json": makePskSecret,
  "secret-tree.json": makeSecretTree,
  "transcript-hashes.json": makeTranscriptHashes,
  "tree-math.json": makeTreeMath,
  "tree-operations.json": makeTreeOperations,
  "tree-validation.json": makeTreeValidation,
  "treekem.json": makeTreekem,
  "welcome.json": makeWelcome,
};

/** The cases of one suite, for all files. */
export async function makeVectors(
  suite: CipherSuite,
  seed: string | number,
  { small = false }: MakeOptions = {},
): Promise<MadeVectors> {
  const made: Record<string, readonly unknown[]> = {};
  for (const [file, make] of Object.entries(MAKERS)) {
    const random: Random = seededRandom(`vectors ${seed} ${suite.id} ${file}`);
    made[file] = await make({ suite, random, small: small && suite.id !== 1 });
  }
  return made;
}

/** The cases of several suites in one. What is the same for all suites stands there once. */
export function joinVectors(parts: readonly MadeVectors[]): MadeVectors {
  const lines = (file: string) =>
    new Map(parts.flatMap((part) => part[file] ?? []).map((each) => [JSON.stringify(each), each]));
  return Object.fromEntries(Object.keys(MAKERS).map((file) => [file, [...lines(file).values()]]));
}

/** The text of a file: a list with one case per line. */
export function vectorFileText(cases: readonly unknown[]): string {
  return `[\n${cases.map((each) => JSON.stringify(each)).join(",\n")}\n]\n`;
}
