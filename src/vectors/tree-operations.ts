/** The `tree-operations` vectors of the MLS working group: §12.1.1 to §12.1.3, one case per proposal. */

import { fromHex } from "../bytes.ts";
import { decode, encode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError } from "../errors.ts";
import { addLeaves, removeLeaves, updateLeaves } from "../tree/evolution.ts";
import type { RatchetTree } from "../tree/ratchet-tree.ts";
import { nodesOf, treeOfNodes } from "../tree/ratchet-tree-extension.ts";
import { leafIndex } from "../tree-math.ts";
import { Proposal } from "../wire/proposal.ts";
import { RatchetTreeNodes } from "../wire/ratchet-tree.ts";
import { expectBytes, isListOf, type VectorFamily } from "./family.ts";
import { suiteCase } from "./suite-case.ts";

interface Vector {
  readonly cipher_suite: number;
  readonly tree_before: string;
  readonly proposal: string;
  readonly proposal_sender: number;
  readonly tree_hash_before: string;
  readonly tree_after: string;
  readonly tree_hash_after: string;
}

export const treeOperations: VectorFamily = {
  name: "tree-operations",
  recognises: (file) => isListOf(file, "cipher_suite", "tree_before", "proposal", "proposal_sender", "tree_after"),
  *cases(file) {
    for (const [index, vector] of (file as readonly Vector[]).entries()) {
      yield suiteCase(`${index}`, vector.cipher_suite, (suite) => checkOperation(suite, vector));
    }
  },
};

function checkOperation(suite: CipherSuite, vector: Vector): void {
  const before = treeOfNodes(suite, decode(RatchetTreeNodes, fromHex(vector.tree_before)));
  expectBytes("tree_hash_before", before.hash, fromHex(vector.tree_hash_before));
  const after = apply(before, decode(Proposal, fromHex(vector.proposal)), vector.proposal_sender);
  expectBytes("tree_after", encode(RatchetTreeNodes, nodesOf(after)), fromHex(vector.tree_after));
  expectBytes("tree_hash_after", after.hash, fromHex(vector.tree_hash_after));
}

function apply(tree: RatchetTree, proposal: Proposal, sender: number): RatchetTree {
  switch (proposal.proposalType) {
    case "add":
      return addLeaves(tree, [proposal.keyPackage.leafNode]).tree;
    case "update":
      return updateLeaves(tree, [[leafIndex(sender), proposal.leafNode]]);
    case "remove":
      return removeLeaves(tree, [proposal.removed]);
    default:
      throw new InvalidError("vectors.mismatch", { what: "proposal type", actual: proposal.proposalType });
  }
}
