/** The `secret-tree` vectors of the MLS working group: §9 and the sender data of §6.3.2, one case per tree. */

import { fromHex } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { deriveSenderDataKey } from "../framing/private-message.ts";
import {
  createSecretTree,
  DEFAULT_RATCHET_LIMITS,
  type KeyPosition,
  receivingKey,
  type SecretTree,
} from "../schedule/secret-tree.ts";
import { depthFor, leafIndex } from "../tree-math.ts";
import { isListOf, type VectorFamily } from "./family.ts";
import { expectSecret, secretOf, suiteCase } from "./suite-case.ts";

interface GenerationVector {
  readonly generation: number;
  readonly handshake_key: string;
  readonly handshake_nonce: string;
  readonly application_key: string;
  readonly application_nonce: string;
}

interface Vector {
  readonly cipher_suite: number;
  readonly sender_data: {
    readonly sender_data_secret: string;
    readonly ciphertext: string;
    readonly key: string;
    readonly nonce: string;
  };
  readonly encryption_secret: string;
  readonly leaves: readonly (readonly GenerationVector[])[];
}

export const secretTree: VectorFamily = {
  name: "secret-tree",
  recognises: (file) => isListOf(file, "cipher_suite", "sender_data", "encryption_secret", "leaves"),
  *cases(file) {
    for (const [index, vector] of (file as readonly Vector[]).entries()) {
      yield suiteCase(`${index}: ${vector.leaves.length} leaves`, vector.cipher_suite, (suite) => {
        checkSenderData(suite, vector);
        checkTree(suite, vector);
      });
    }
  },
};

function checkSenderData(suite: CipherSuite, { sender_data }: Vector): void {
  const secret = secretOf(sender_data.sender_data_secret);
  const { key, nonce } = deriveSenderDataKey(suite, secret, fromHex(sender_data.ciphertext));
  expectSecret("sender_data.key", key, sender_data.key);
  expectSecret("sender_data.nonce", nonce, sender_data.nonce);
}

function checkTree(suite: CipherSuite, { encryption_secret, leaves }: Vector): void {
  let tree = createSecretTree(suite, secretOf(encryption_secret), 2 ** depthFor(leaves.length));
  for (const [index, generations] of leaves.entries()) {
    const leaf = leafIndex(index);
    for (const expected of generations) {
      const { generation } = expected;
      tree = checkKey(suite, tree, { leaf, kind: "handshake", generation }, expected);
      tree = checkKey(suite, tree, { leaf, kind: "application", generation }, expected);
    }
  }
}

function checkKey(suite: CipherSuite, tree: SecretTree, at: KeyPosition, expected: GenerationVector): SecretTree {
  const step = receivingKey(suite, tree, at, DEFAULT_RATCHET_LIMITS);
  const { key, nonce } = step.messageKey;
  const place = `leaves[${at.leaf}], generation ${at.generation}: ${at.kind}`;
  expectSecret(`${place}_key`, key, expected[`${at.kind}_key`]);
  expectSecret(`${place}_nonce`, nonce, expected[`${at.kind}_nonce`]);
  return step.tree;
}
