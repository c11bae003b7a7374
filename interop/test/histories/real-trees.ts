/** The tree on paper against that of real groups, after every commit: what scenarios reach there, they do reach. */
import { decode } from "copath/codec";
import { RatchetTreeNodes } from "copath/wire";
import type { Handlers } from "../../src/interface/client.ts";
import type { Scenario } from "../../src/runner/scenario.ts";
import { type Casting, playBetween } from "../between-copaths.ts";
import { check } from "./naive-check.ts";
import type { NaiveTree } from "./naive-tree.ts";

type Nodes = ReturnType<NaiveTree["nodes"]>;

/** As the paper has it. */
function readTree(octets: Uint8Array): Nodes {
  const nodes = decode(RatchetTreeNodes, octets);
  const nameOf = (leaf: number): string => {
    const node = nodes[2 * leaf];
    if (node?.nodeType !== "leaf" || node.leafNode.credential.credentialType !== "basic") return "?";
    return Buffer.from(node.leafNode.credential.identity).toString();
  };
  return nodes.map((node, at) => {
    if (node === undefined) return undefined;
    return node.nodeType === "leaf" ? nameOf(at / 2) : node.parentNode.unmergedLeaves.map(nameOf).sort();
  });
}

/** Asks every committer for its tree, once its commit counts. */
function watchTrees(into: Nodes[]) {
  return (handlers: Handlers): Handlers => {
    const look = async <T extends { readonly stateId?: number }>(answer: Promise<T>): Promise<T> => {
      const given = await answer;
      const { stateId = 0 } = given;
      const { ratchetTree } = await handlers.GroupInfo({ stateId, externalTree: true });
      into.push(readTree(ratchetTree ?? new Uint8Array()));
      return given;
    };
    return {
      ...handlers,
      HandlePendingCommit: (request) => look(handlers.HandlePendingCommit(request)),
      ExternalJoin: (request) => look(handlers.ExternalJoin(request)),
    };
  };
}

/** On the wire the tree ends with its last node that is not blank (§12.4.3.3). */
const cut = (nodes: Nodes): Nodes => nodes.slice(0, nodes.findLastIndex((node) => node !== undefined) + 1);

/** Successors seat their members in any order, so that the paper knows nothing of their trees. */
const hasSuccessors = ({ steps }: Scenario) => steps.some(({ action }) => action === "reinit" || action === "branch");

/** Plays a scenario, and tells what went wrong, and the trees of its commits: on paper, and real. */
export async function playWithTrees(scenario: Scenario, casting: Casting) {
  const trees: Nodes[] = [];
  const failure = await playBetween(scenario, { ...casting, watch: watchTrees(trees) });
  if (hasSuccessors(scenario)) return { failure, real: [], onPaper: [] };
  const [first] = scenario.steps;
  const made = first?.action === "createGroup" && first.members.length > 0 ? 1 : 0;
  const onPaper = check(scenario).flatMap(({ accepted, nodes }) => (accepted ? [cut(nodes)] : []));
  return { failure, real: trees.slice(made), onPaper };
}
