/** Forecasts are held against what really happens: commits that are made, and trees that paths are put into. */
import { describe, expect, it } from "vitest";
import { node } from "../../src/backends/node/index.ts";
import { utf8 } from "../../src/bytes.ts";
import { cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { padToMultipleOf } from "../../src/framing/padding.ts";
import {
  acceptCommit,
  type CommitOptions,
  createCommit,
  createKeyPackage,
  type Environment,
  forecastCommit,
  type GroupState,
  planUpdates,
  processMessage,
  roster,
} from "../../src/group/index.ts";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "../../src/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
import {
  countingSuite,
  dangerouslyAcceptEveryCredential,
  seededRandom,
  syntheticGroup,
} from "../../src/testing/index.ts";
import { forecastPath } from "../../src/tree/plan.ts";
import type { RatchetTree } from "../../src/tree/ratchet-tree.ts";
import { generatePath } from "../../src/tree/update-path.ts";
import { type LeafIndex, leafIndex } from "../../src/tree-math.ts";
import { failure } from "../support/failure.ts";

const counting = countingSuite(cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, node));
const environment: Environment = {
  suite: counting.suite,
  random: seededRandom("forecast"),
  clock: () => 1_800_000_000n,
  authentication: dangerouslyAcceptEveryCredential,
};
const padding = padToMultipleOf(256);
const framings: readonly Pick<CommitOptions, "wireFormat" | "authenticatedData" | "padding">[] = [
  {},
  { wireFormat: "mls_public_message" },
  { wireFormat: "mls_public_message", authenticatedData: new Uint8Array(100) },
  { wireFormat: "mls_private_message", authenticatedData: new Uint8Array(7), padding },
];

async function commitWith(state: GroupState, options: CommitOptions = {}) {
  counting.reset();
  const { state: sent, output } = await createCommit(environment, state, options);
  const { encaps: encryptions, deriveKeyPairs: keyPairs } = counting.counts;
  const actual = { octets: output.message.length, encryptions, keyPairs };
  return { actual, message: output.message, after: acceptCommit(environment, sent, output.pending).state };
}

async function addition(name: string) {
  const signer = await generateSigner(environment.suite, environment.random);
  const credential = { credentialType: "basic", identity: utf8(name) } as const;
  const { keyPackage } = await createKeyPackage(environment, { signer, credential });
  return { proposalType: "add", keyPackage } as const;
}

describe("§12.4, §7.5 the forecast of a commit", () => {
  it.each(["full", "blank"] as const)(
    "is what the commit turns out to be, by any member of a %s tree",
    async (shape) => {
      for (const size of [1, 2, 3, 4, 5, 8, 13, 33]) {
        const group = await syntheticGroup(environment, { size, shape });
        for (const at of new Set([0, 1, size >> 1, size - 1].filter((index) => index < size))) {
          const framing = framings[(size + at) % framings.length];
          const state = await group.member(leafIndex(at));
          const forecast = forecastCommit(environment, state, leafIndex(at), framing);
          expect(forecast, `${size} ${at}`).toEqual((await commitWith(state, framing)).actual);
        }
      }
    },
  );

  it("is the same in the eyes of others, whatever happened to the tree before", async () => {
    const group = await syntheticGroup(environment, { size: 20 });
    let [one, other] = [await group.member(leafIndex(3)), await group.member(leafIndex(14))];
    const step = async (options: CommitOptions) => {
      const { message, after } = await commitWith(one, options);
      [one, other] = [after, (await processMessage(environment, other, message)).state];
    };
    await step({ proposals: [4, 5, 18].map((at) => ({ proposalType: "remove", removed: leafIndex(at) }) as const) });
    await step({ proposals: await Promise.all(["a", "b", "c", "d", "e", "f"].map(addition)) });
    await step({ proposals: [{ proposalType: "remove", removed: leafIndex(12) }], forcePath: true });
    await step({ proposals: await Promise.all(["g", "h"].map(addition)) });
    const forecasts = [one, other].map((of) => [one, other].map((by) => forecastCommit(environment, by, own(of))));
    for (const [i, state] of [one, other].entries()) {
      const { actual } = await commitWith(state);
      expect(forecasts[i]).toEqual([actual, actual]);
      expect(actual.encryptions).toBeGreaterThan(5);
    }
  });

  it("is refused for a leaf that nobody has", async () => {
    const state = await (await syntheticGroup(environment, { size: 5 })).member(leafIndex(0));
    expect(failure(() => forecastCommit(environment, state, leafIndex(6))).code).toBe("leaf.blank");
    expect(failure(() => forecastCommit(environment, state, leafIndex(8))).code).toBe("tree.index_out_of_range");
  });

  it("asks for no primitive", async () => {
    const state = await (await syntheticGroup(environment, { size: 64, shape: "blank" })).member(leafIndex(0));
    counting.reset();
    for (const { leafIndex: at } of roster(state)) forecastCommit(environment, state, at);
    planUpdates(state.tree, { updates: 64 });
    expect(Object.values(counting.counts).every((count) => count === 0)).toBe(true);
  });
});

const own = ({ self }: GroupState) => self.leafIndex;

describe("§4.1.1, §7.5 a plan of updates", () => {
  const averageOf = (tree: RatchetTree, members: readonly LeafIndex[]) =>
    members.reduce((sum, leaf) => sum + forecastPath(tree, leaf).encryptions, 0) / members.length;

  async function afterUpdateOf(state: GroupState, tree: RatchetTree, leaf: LeafIndex): Promise<RatchetTree> {
    const { groupId } = state.epoch.groupContext;
    const leafNode = tree.leaf(leaf) ?? expect.unreachable();
    const { random } = environment;
    const signer = { publicKey: leafNode.signatureKey, sign: () => new Uint8Array(64) };
    return (await generatePath(counting.suite, tree, { sender: leaf, leaf: leafNode, groupId, signer, random })).tree;
  }

  it.each([2, 5, 8, 13, 16])("names each time a member whose path saves most, in a tree of %i", async (size) => {
    const group = await syntheticGroup(environment, { size, shape: "blank" });
    const state = await group.member(leafIndex(0));
    const members = roster(state).map(({ leafIndex: leaf }) => leaf);
    const { average, updates } = planUpdates(state.tree, { updates: size });
    let { tree } = state;
    expect(average).toBeCloseTo(averageOf(tree, members), 9);
    for (const { leaf, encryptions, averageAfter } of updates) {
      expect(encryptions).toBe(forecastPath(tree, leaf).encryptions);
      const outcomes = await Promise.all(
        members.map(async (each) => averageOf(await afterUpdateOf(state, tree, each), members)),
      );
      tree = await afterUpdateOf(state, tree, leaf);
      expect(averageAfter).toBeCloseTo(averageOf(tree, members), 9);
      expect(averageAfter).toBeCloseTo(Math.min(...outcomes), 9);
    }
    expect(planUpdates(tree).updates).toEqual([]);
    expect(averageOf(tree, members)).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
  });

  it("counts members who were added since the last path", async () => {
    const state = await (await syntheticGroup(environment, { size: 9 })).member(leafIndex(8));
    const proposals = await Promise.all(["a", "b", "c"].map(addition));
    const { after } = await commitWith(state, { proposals });
    const members = roster(after).map(({ leafIndex: leaf }) => leaf);
    const { average, updates } = planUpdates(after.tree, { updates: 20 });
    expect(average).toBeCloseTo(averageOf(after.tree, members), 9);
    let { tree } = after;
    for (const { leaf, averageAfter } of updates) {
      tree = await afterUpdateOf(after, tree, leaf);
      expect(averageAfter).toBeCloseTo(averageOf(tree, members), 9);
    }
  });

  it("leaves out who is not available, and has nothing to say of a full tree", async () => {
    const blank = (await syntheticGroup(environment, { size: 8, shape: "blank" })).tree;
    const available = [leafIndex(2), leafIndex(7)];
    const { updates } = planUpdates(blank, { updates: 8, isAvailable: (leaf) => available.includes(leaf) });
    expect(updates.map(({ leaf }) => leaf).sort((a, b) => a - b)).toEqual(available);
    expect(planUpdates(blank, { isAvailable: () => false }).updates).toEqual([]);
    expect(planUpdates((await syntheticGroup(environment, { size: 8 })).tree)).toEqual({ average: 3, updates: [] });
    expect(planUpdates((await syntheticGroup(environment, { size: 1 })).tree)).toEqual({ average: 0, updates: [] });
  });

  it("takes no number of updates that is none", async () => {
    const { tree } = await syntheticGroup(environment, { size: 4, shape: "blank" });
    for (const updates of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(failure(() => planUpdates(tree, { updates })).code).toBe("option.invalid");
    }
    expect(planUpdates(tree, { updates: 0 }).updates).toEqual([]);
  });
});
