/** Groups with a history: as real as those that have lived it, which who joins finds out. */
import { describe, expect, it } from "vitest";
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
  joinGroup,
  processMessage,
} from "../../src/group/index.ts";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "../../src/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
import {
  dangerouslyAcceptEveryCredential,
  seededRandom,
  syntheticGroup,
  welcomeInto,
} from "../../src/testing/index.ts";
import { members } from "../../src/tree/ratchet-tree.ts";
import { isLeaf, leafIndex, nodeIndex } from "../../src/tree-math.ts";

const environment: Environment = {
  suite: cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, node),
  random: seededRandom("churned"),
  clock: () => 1_800_000_000n,
  authentication: dangerouslyAcceptEveryCredential,
};

describe("a synthetic group of shape churn", () => {
  it.each([2, 3, 5, 16, 31])("of %i members: everybody follows a commit of everybody", async (size) => {
    const group = await syntheticGroup(environment, { size, shape: "churn", seed: size });
    expect(group.tree.memberCount).toBe(size);
    const all = [...members(group.tree)].map(([index]) => index);
    const states = await Promise.all(all.map((index) => group.member(index)));
    for (const [at, committer] of states.entries()) {
      const { state, output } = await createCommit(environment, committer, { forcePath: true });
      const after = epochAuthenticator(acceptCommit(environment, state, output.pending).state);
      for (const other of states.filter((_, i) => i !== at)) {
        const processed = await processMessage(environment, other, output.message);
        expect(epochAuthenticator(processed.state)).toEqual(after);
      }
    }
  });

  it("has blank parents, unmerged leaves, and filled ones", async () => {
    const { tree } = await syntheticGroup(environment, { size: 256, shape: "churn" });
    const parents = Array.from({ length: 2 * tree.leafCount - 1 }, (_, i) => nodeIndex(i))
      .filter((each) => !isLeaf(each))
      .map((each) => tree.parentNode(each));
    expect(parents).toContain(undefined);
    expect(parents.some((parent) => (parent?.unmergedLeaves.length ?? 0) > 0)).toBe(true);
    expect(parents.filter((parent) => parent !== undefined).length).toBeGreaterThan(64);
  });

  it("is the same for the same seed", async () => {
    const [one, same, other] = await Promise.all(
      ["a", "a", "b"].map((seed) => syntheticGroup(environment, { size: 20, shape: "churn", seed })),
    );
    expect(same?.tree.hash).toEqual(one?.tree.hash);
    expect(other?.tree.hash).not.toEqual(one?.tree.hash);
  });
});

describe("§12.4.3.1 a joiner proves a synthetic group valid", () => {
  it.each(["full", "blank", "churn"] as const)("%s, 999 members", async (shape) => {
    const group = await syntheticGroup(environment, { size: 999, shape });
    const signer = await generateSigner(environment.suite, environment.random);
    const credential = { credentialType: "basic", identity: utf8("the thousandth") } as const;
    const bundle = await createKeyPackage(environment, { signer, credential });
    const { welcomes, committer, message } = await welcomeInto(environment, group, [bundle.keyPackage]);
    const [welcome] = welcomes;
    const { state } = await joinGroup(environment, { welcome: welcome ?? expect.unreachable(), keyPackages: [bundle] });
    const first = (await processMessage(environment, await group.member(leafIndex(0)), message)).state;
    expect(epochAuthenticator(state)).toEqual(epochAuthenticator(committer));
    expect(epochAuthenticator(first)).toEqual(epochAuthenticator(committer));
    expect(state.tree.memberCount).toBe(1000);
  });
});
