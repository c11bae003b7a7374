/** The `tree-validation` vectors of the MLS working group: §4.1.1, §7.3, §7.8 and §12.4.3.1, one case per tree. */

import { fromHex } from "../bytes.ts";
import { decode, encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { checkJoinedTree } from "../tree/join-checks.ts";
import { verifyLeafSignatures } from "../tree/leaf-node.ts";
import { members, resolution } from "../tree/ratchet-tree.ts";
import { nodesOf, treeOfNodes } from "../tree/ratchet-tree-extension.ts";
import { nodeIndex, nodeWidth } from "../tree-math.ts";
import { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { expectBytes, expectSame, isListOf, type VectorFamily } from "./family.ts";
import { suiteCase } from "./suite-case.ts";

interface Vector {
  readonly cipher_suite: number;
  readonly tree: string;
  readonly group_id: string;
  readonly resolutions: readonly (readonly number[])[];
  readonly tree_hashes: readonly string[];
}

export const treeValidation: VectorFamily = {
  name: "tree-validation",
  recognises: (file) => isListOf(file, "cipher_suite", "tree", "group_id", "resolutions", "tree_hashes"),
  *cases(file) {
    for (const [index, vector] of (file as readonly Vector[]).entries()) {
      yield suiteCase(`${index}`, vector.cipher_suite, (suite) => checkTree(suite, vector));
    }
  },
};

async function checkTree(suite: CipherSuite, vector: Vector): Promise<void> {
  const tree = treeOfNodes(suite, decode(RatchetTreeNodes, fromHex(vector.tree)));
  const width = nodeWidth(tree.leafCount);
  expectSame("number of resolutions", width, vector.resolutions.length);
  expectSame("number of tree hashes", width, vector.tree_hashes.length);
  for (const [i, expected] of vector.tree_hashes.entries()) {
    const node = nodeIndex(i);
    expectSame(`resolution of ${i}`, resolution(tree, node).join(), vector.resolutions[i]?.join());
    expectBytes(`tree hash of ${i}`, tree.hashOf(node), fromHex(expected));
  }
  checkJoinedTree(tree);
  const groupId = fromHex(vector.group_id);
  const leaves = Array.from(members(tree), ([leafIndex, leafNode]) => ({ leafNode, position: { groupId, leafIndex } }));
  await verifyLeafSignatures(suite, leaves);
  expectBytes("tree, written again", encode(RatchetTreeNodes, nodesOf(tree)), fromHex(vector.tree));
}
