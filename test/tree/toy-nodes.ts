/** Nodes by numbers, to write trees down as the RFC draws them. */
import { leafIndex } from "../../src/tree-math.ts";
import type { LeafNode, ParentNode } from "../../src/wire/leaf-node.ts";
import type { Node } from "../../src/wire/ratchet-tree.ts";
import { contentOf } from "./members.ts";
import { toySuite } from "./toy-suite.ts";

export const suite = toySuite();

export function octets(value: number): Uint8Array {
  const bytes = new Uint8Array(32).fill(7);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export const leafOf = (value: number, change: Partial<LeafNode> = {}): LeafNode =>
  ({
    ...contentOf(suite, { signatureKey: octets(1000 + value), encryptionKey: octets(value) }),
    signature: new Uint8Array(),
    ...change,
  }) as LeafNode;
export const parentOf = (value: number, unmerged: readonly number[] = []): ParentNode => ({
  encryptionKey: octets(value),
  parentHash: new Uint8Array(),
  unmergedLeaves: unmerged.map(leafIndex),
});
export const L = (value: number): Node => ({ nodeType: "leaf", leafNode: leafOf(value) });
export const P = (value: number, unmerged: readonly number[] = []): Node => ({
  nodeType: "parent",
  parentNode: parentOf(value, unmerged),
});
export const _ = undefined;
