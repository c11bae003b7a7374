import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Branch, fork, leaf, type Subtree } from "../../src/tree/node.ts";
import { credentialTypes, support } from "../../src/tree/summary.ts";
import { leafIndex, nodeIndex } from "../../src/tree-math.ts";
import type { Capabilities, LeafNode } from "../../src/wire/leaf-node.ts";
import { contentOf } from "./members.ts";
import { toySuite } from "./toy-suite.ts";

const keys = { signatureKey: new Uint8Array(32), encryptionKey: new Uint8Array(32) };
const plain = { ...contentOf(toySuite(), keys), signature: new Uint8Array(0) } as LeafNode;

/** A tree of four leaves, blank where nothing is given. */
function treeOf(leaves: readonly (Partial<Capabilities> | undefined)[]): Subtree {
  const [a, b, c, d] = leaves.map((change, i) => {
    const leafNode = change && { ...plain, capabilities: { ...plain.capabilities, ...change } };
    return leaf(leafIndex(i), leafNode);
  }) as [Subtree, Subtree, Subtree, Subtree];
  const pair = (node: number, left: Subtree, right: Subtree) =>
    fork(nodeIndex(node), { parentNode: undefined, left, right });
  return pair(3, pair(1, a, b), pair(5, c, d));
}

describe("§7.3 what all members support", () => {
  it("is one object throughout a tree of alike members", () => {
    const top = treeOf([{}, {}, {}, {}]) as Branch;
    const answer = support(top);
    expect((top.left as Branch).knownSupport).toBe(answer);
    expect((top.right as Branch).knownSupport).toBe(answer);
    expect(answer).toEqual(plain.capabilities);
  });

  it("takes what is known of a sibling for its model", () => {
    const before = treeOf([{}, {}, {}, {}]) as Branch;
    const answer = support(before);
    const changed = treeOf([{}, {}, {}, {}]) as Branch;
    const after = fork(nodeIndex(3), { parentNode: undefined, left: changed.left, right: before.right });
    expect(support(after)).toBe(answer);
  });

  it("is the intersection of all lists, whatever order they have", () => {
    const lists = fc.subarray([10, 11, 12, 13], { minLength: 0 }).chain((list) => fc.shuffledSubarray(list));
    const members = fc.array(fc.option(fc.record({ proposals: lists, extensions: lists }), { nil: undefined }), {
      minLength: 4,
      maxLength: 4,
    });
    fc.assert(
      fc.property(members, (leaves) => {
        const there = leaves.filter((each) => each !== undefined);
        const common = (name: "proposals" | "extensions") =>
          [10, 11, 12, 13].filter((type) => there.every((each) => each[name].includes(type)));
        const answer = support(treeOf(leaves));
        if (there.length === 0) return expect(answer).toBeUndefined();
        for (const name of ["proposals", "extensions"] as const) {
          expect([...(answer?.[name] ?? [])].sort()).toEqual(common(name));
        }
      }),
    );
  });

  it("is shared for the types of credentials, too", () => {
    const top = treeOf([{}, {}, {}, {}]) as Branch;
    expect(credentialTypes(top)).toEqual(new Set(["basic"]));
    expect(credentialTypes(top)).toBe(credentialTypes(top.left));
  });
});
