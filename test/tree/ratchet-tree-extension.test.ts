import { describe, expect, it } from "vitest";
import { decode, encode } from "../../src/codec/codec.ts";
import { forgetLeaves, members } from "../../src/tree/ratchet-tree.ts";
import { decodeTree, encodeTree, nodesOf, treeOfNodes } from "../../src/tree/ratchet-tree-extension.ts";
import { leafIndex, nodeIndex } from "../../src/tree-math.ts";
import { type Node, RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { failure } from "../support/failure.ts";
import { Group } from "./members.ts";
import { _, L, leafOf, P, parentOf, suite } from "./toy-nodes.ts";

describe("§12.4.3.3 trees as they travel", () => {
  const codeOf = (nodes: RatchetTreeNodes, maxLeaves?: number) =>
    failure(() => treeOfNodes(suite, nodes, maxLeaves === undefined ? {} : { maxLeaves })).code;

  it("[12.4.3.3-03] are extended to the next power of two", () => {
    const six = treeOfNodes(suite, [L(0), P(90), L(1), P(91), L(2), _, L(3), P(92), L(4), P(93), L(5)]);
    expect([six.leafCount, six.depth, six.memberCount, six.root]).toEqual([8, 3, 6, 7]);
    expect(six.leaf(leafIndex(5))).toEqual(leafOf(5));
    expect(six.leaf(leafIndex(6))).toBeUndefined();
    expect(six.parentNode(nodeIndex(7))).toEqual(parentOf(92));
    expect(six.parentNode(nodeIndex(11))).toBeUndefined();
    expect(treeOfNodes(suite, [L(0)]).leafCount).toBe(1);
    expect(treeOfNodes(suite, [_, _, L(1)]).leafCount).toBe(2);
    expect(treeOfNodes(suite, [_, _, _, _, L(2)]).leafCount).toBe(4);
  });

  it("[12.4.3.3-02] end with a node that is not blank", () => {
    expect(codeOf([])).toBe("tree.empty");
    expect(codeOf([_])).toBe("tree.last_node_blank");
    expect(codeOf([L(0), _])).toBe("tree.last_node_blank");
    expect(codeOf([L(0), _, L(1), _, _, _, _])).toBe("tree.last_node_blank");
  });

  it("[12.4.3.3-03] have leaves at even and parents at odd positions, and a leaf at the end", () => {
    expect(codeOf([P(0)])).toBe("tree.node_in_wrong_place");
    expect(codeOf([L(0), L(1)])).toBe("tree.node_in_wrong_place");
    expect(codeOf([L(0), L(1), L(2)])).toBe("tree.node_in_wrong_place");
    expect(codeOf([L(0), _, P(1), _, L(2)])).toBe("tree.node_in_wrong_place");
    expect(codeOf([L(0), P(1)])).toBe("tree.node_in_wrong_place");
    expect(codeOf([L(0), _, L(1), P(1)])).toBe("tree.node_in_wrong_place");
    expect(failure(() => treeOfNodes(suite, [L(0), L(9), L(1)])).details).toEqual({ node: 1 });
  });

  it("[7.7-03] are refused when they are wider than the limit, before any of their nodes is looked at", () => {
    const blanks = new Array<Node | undefined>(2 ** 20).fill(undefined);
    blanks.push(L(1));
    expect(codeOf(blanks, 2 ** 19)).toBe("tree.too_large");
    expect(codeOf([L(0), _, L(1), _, L(2)], 2)).toBe("tree.too_large");
    expect(treeOfNodes(suite, [L(0), _, L(1), _, L(2)], { maxLeaves: 4 }).leafCount).toBe(4);
    const oneTooMany = [...blanks.slice(0, -1), ...blanks];
    expect(codeOf(oneTooMany)).toBe("tree.too_large");
  });

  it("[12.4.3.3-01] are written without blanks at the end", async () => {
    const group = await Group.of(suite, 8);
    for (const removed of [7, 6, 5, 4, 2, 3]) {
      await group.commit({ by: 0, remove: [removed] });
      const nodes = nodesOf(group.tree);
      expect(nodes[nodes.length - 1]).toBeDefined();
      expect(nodes.length).toBeLessThanOrEqual(2 * group.tree.leafCount - 1);
    }
    expect(nodesOf(group.tree)).toHaveLength(3);
  });

  it("are the same octets from encoded leaves as from decoded ones, and the same tree", async () => {
    const group = await Group.of(suite, 11);
    await group.commit({ by: 3, remove: [1, 2], add: 1 });
    await group.commit({ by: 10, add: 2, path: false });
    const octets = encode(RatchetTreeNodes, nodesOf(group.tree));
    expect(encodeTree(group.tree)).toEqual(octets);
    const again = decodeTree(suite, octets);
    expect(encodeTree(again)).toEqual(octets);
    expect(nodesOf(again)).toEqual(decode(RatchetTreeNodes, octets));
    forgetLeaves(again);
    expect(encodeTree(again)).toEqual(octets);
    expect(again.hash).toEqual(group.tree.hash);
    expect(nodesOf(again)).toEqual(decode(RatchetTreeNodes, octets));
    expect(octets.byteLength).toBe(octets.buffer.byteLength);
  });

  it("are refused encoded as they are decoded", () => {
    const octetsOf = (nodes: RatchetTreeNodes) => encode(RatchetTreeNodes, nodes);
    expect(failure(() => decodeTree(suite, octetsOf([L(0), L(1), L(2)]))).code).toBe("tree.node_in_wrong_place");
    expect(failure(() => decodeTree(suite, octetsOf([L(0), _, L(1)]), { maxLeaves: 1 })).code).toBe("tree.too_large");
    const cut = octetsOf([L(0), _, L(1)]).slice(0, -1);
    const plain = failure(() => decode(RatchetTreeNodes, cut));
    const encoded = failure(() => decodeTree(suite, cut));
    expect([encoded.code, encoded.details]).toEqual([plain.code, plain.details]);
    const few = failure(() => decodeTree(suite, octetsOf([L(0), _, L(1)]), { maxElements: 2 }));
    expect(few.code).toBe("codec.limit");
  });

  it("come back as they were", async () => {
    const group = await Group.of(suite, 11);
    await group.commit({ by: 3, remove: [1, 2], add: 1 });
    await group.commit({ by: 10, add: 1, path: false });
    const bytes = encode(RatchetTreeNodes, nodesOf(group.tree));
    const again = treeOfNodes(suite, decode(RatchetTreeNodes, bytes));
    expect(again.hash).toEqual(group.tree.hash);
    expect(encode(RatchetTreeNodes, nodesOf(again))).toEqual(bytes);
    expect([...members(again)]).toEqual([...members(group.tree)]);
  });

  it("[12.4.3.1-08] [12.4.3.3-04] have another hash when they are another tree", async () => {
    const group = await Group.of(suite, 5);
    const epoch = group.tree.hash;
    const nodes = [...nodesOf(group.tree)];
    nodes[4] = L(2);
    expect(treeOfNodes(suite, nodes).hash).not.toEqual(epoch);
    await group.commit({ by: 1 });
    expect(group.tree.hash).not.toEqual(epoch);
  });
});
