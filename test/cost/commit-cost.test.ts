/** Judged by counting, which does not flake: in a full tree, what a commit costs grows as log2 N, and by the same step each time. */
import { beforeAll, describe, expect, it } from "vitest";
import { node } from "../../src/backends/node/index.ts";
import { utf8 } from "../../src/bytes.ts";
import { cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import {
  acceptCommit,
  createCommit,
  createKeyPackage,
  type Environment,
  epochAuthenticator,
  type GroupState,
  processMessage,
  protect,
} from "../../src/group/index.ts";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "../../src/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
import {
  type CountingSuite,
  countingSuite,
  dangerouslyAcceptEveryCredential,
  type OperationCounts,
  seededRandom,
  syntheticGroup,
  touchedNodes,
} from "../../src/testing/index.ts";
import { leafIndex } from "../../src/tree-math.ts";

const DEPTHS = Array.from({ length: 13 }, (_, i) => i + 4);

interface Cost extends OperationCounts {
  nodes: number;
}

type Verb = "commit" | "process" | "add" | "processAdd" | "remove" | "processRemove" | "send" | "receive";

const costs = new Map<number, Record<Verb, Cost>>();
const counting: CountingSuite = countingSuite(cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, node));
const environment: Environment = {
  suite: counting.suite,
  random: seededRandom("cost"),
  clock: () => 1_800_000_000n,
  authentication: dangerouslyAcceptEveryCredential,
};

async function counted<T>(
  work: () => Promise<T>,
  trees: (result: T) => readonly [GroupState, GroupState],
): Promise<[T, Cost]> {
  counting.reset();
  const result = await work();
  const counts = { ...counting.counts };
  const [before, after] = trees(result);
  return [result, { ...counts, nodes: touchedNodes(before.tree, after.tree) }];
}

async function measure(depth: number): Promise<Record<Verb, Cost>> {
  const size = 2 ** depth;
  const group = await syntheticGroup(environment, { size, seed: depth });
  const committer = await group.member(leafIndex(0));
  const receiver = await group.member(leafIndex(size / 2));

  const stateOf = (pending: { next: unknown }) => pending.next as GroupState;
  const [commit, commitCost] = await counted(
    () => createCommit(environment, committer),
    ({ output }) => [committer, stateOf(output.pending)],
  );
  const [processed, processCost] = await counted(
    () => processMessage(environment, receiver, commit.output.message),
    ({ state }) => [receiver, state],
  );
  const accepted = acceptCommit(environment, commit.state, commit.output.pending).state;
  expect(epochAuthenticator(processed.state)).toEqual(epochAuthenticator(accepted));

  const [removal, removeCost] = await counted(
    () => createCommit(environment, accepted, { proposals: [{ proposalType: "remove", removed: leafIndex(1) }] }),
    ({ output }) => [accepted, stateOf(output.pending)],
  );
  const [afterRemoval, processRemoveCost] = await counted(
    () => processMessage(environment, processed.state, removal.output.message),
    ({ state }) => [processed.state, state],
  );
  const smaller = acceptCommit(environment, removal.state, removal.output.pending).state;

  const signer = await generateSigner(environment.suite, environment.random);
  const credential = { credentialType: "basic", identity: utf8("new") } as const;
  const { keyPackage } = await createKeyPackage(environment, { signer, credential });
  const [addition, addCost] = await counted(
    () => createCommit(environment, smaller, { proposals: [{ proposalType: "add", keyPackage }], ratchetTree: false }),
    ({ output }) => [smaller, stateOf(output.pending)],
  );
  const [, processAddCost] = await counted(
    () => processMessage(environment, afterRemoval.state, addition.output.message),
    ({ state }) => [afterRemoval.state, state],
  );

  const [first] = [await protect(environment, addition.state, utf8("opens the ratchets"))];
  const opened = await processMessage(environment, afterRemoval.state, first.output);
  const [sent, sendCost] = await counted(
    () => protect(environment, first.state, utf8("hello")),
    ({ state }) => [first.state, state],
  );
  const [, receiveCost] = await counted(
    () => processMessage(environment, opened.state, sent.output),
    ({ state }) => [opened.state, state],
  );
  return {
    commit: commitCost,
    process: processCost,
    remove: removeCost,
    processRemove: processRemoveCost,
    add: addCost,
    processAdd: processAddCost,
    send: sendCost,
    receive: receiveCost,
  };
}

/** The growth of a count from each depth to the next. */
function steps(verb: Verb, what: keyof Cost): number[] {
  const values = DEPTHS.map((depth) => (costs.get(depth) as Record<Verb, Cost>)[verb][what]);
  return values.slice(1).map((value, i) => value - (values[i] as number));
}

describe("§7.4, §12.4: cost of a commit in a full tree of 2^4 to 2^16 members", () => {
  beforeAll(async () => {
    for (const depth of DEPTHS) costs.set(depth, await measure(depth));
  }, 240_000);

  it("a commit makes one key pair and one HPKE encryption for each level, and two signatures", () => {
    for (const depth of DEPTHS) {
      const { commit } = costs.get(depth) as Record<Verb, Cost>;
      expect(commit.deriveKeyPairs).toBe(depth + 1);
      expect(commit.encaps).toBe(depth);
      expect(commit.signatures).toBe(2);
      expect(commit.verifications).toBe(0);
      expect(commit.decaps).toBe(0);
    }
  });

  it("processing it opens one ciphertext and verifies two signatures, whatever the size", () => {
    for (const depth of DEPTHS) {
      const { process } = costs.get(depth) as Record<Verb, Cost>;
      expect(process.decaps).toBe(1);
      expect(process.encaps).toBe(0);
      expect(process.deriveKeyPairs).toBe(1);
      expect(process.verifications).toBe(2);
      expect(process.signatures).toBe(0);
    }
  });

  it("a commit and its processing touch one node for each level and the leaf", () => {
    for (const depth of DEPTHS) {
      const { commit, process } = costs.get(depth) as Record<Verb, Cost>;
      expect(commit.nodes).toBe(depth + 1);
      expect(process.nodes).toBe(depth + 1);
    }
  });

  it.each(["commit", "process", "add", "processAdd", "remove", "processRemove"] as const)(
    "%s: every count grows by a bounded step with each doubling of the group",
    (verb) => {
      for (const what of Object.keys(costs.get(4)?.commit as Cost) as (keyof Cost)[]) {
        const growth = steps(verb, what);
        expect(Math.max(...growth), `${what}: ${growth.join(" ")}`).toBeLessThanOrEqual(12);
        expect(Math.min(...growth), `${what}: ${growth.join(" ")}`).toBeGreaterThanOrEqual(-12);
      }
    },
  );

  it("hashes of a commit and of its processing grow linearly in log2 N", () => {
    for (const verb of ["commit", "process"] as const) {
      const growth = steps(verb, "hashes");
      expect(new Set(growth).size, `${verb}: ${growth.join(" ")}`).toBe(1);
    }
  });

  it("messages cost the same in every group", () => {
    for (const verb of ["send", "receive"] as const) {
      for (const what of Object.keys(costs.get(4)?.commit as Cost) as (keyof Cost)[]) {
        expect(new Set(steps(verb, what)), what).toEqual(new Set([0]));
      }
    }
  });
});
