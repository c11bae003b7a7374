/**
 * §12.4: no step of a member's daily life looks at every node: visits of nodes that were there before grow by the same
 * step with each doubling of a full group, or by a step that grows by one, where every level is looked up from the root.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { node } from "../../src/backends/node/index.ts";
import { utf8 } from "../../src/bytes.ts";
import { cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import {
  acceptCommit,
  applyChange,
  type CommitOptions,
  createCommit,
  createKeyPackage,
  createProposal,
  type Environment,
  encodeChange,
  encodePublicChange,
  type GroupState,
  observeMessage,
  ownLeaf,
  processMessage,
  protect,
  roster,
} from "../../src/group/index.ts";
import { SendGuard } from "../../src/schedule/send-guard.ts";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "../../src/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
import { dangerouslyAcceptEveryCredential, seededRandom, syntheticGroup } from "../../src/testing/index.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { watch } from "./visits.ts";

const DEPTHS = Array.from({ length: 8 }, (_, i) => i + 4);

const environment: Environment = {
  suite: cipherSuite(MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, node),
  random: seededRandom("visits"),
  clock: () => 1_800_000_000n,
  authentication: dangerouslyAcceptEveryCredential,
};

/** By verb, for each depth. */
const visits = new Map<string, number[]>();

/** The same state, which can send once more. */
const again = (state: GroupState): GroupState => ({ ...state, epoch: { ...state.epoch, sending: new SendGuard() } });

/** One seat is free: a full tree would double for a newcomer, which is linear by the protocol (§7.7). */
async function measure(depth: number, note: (verb: string, count: number) => void): Promise<void> {
  const group = await syntheticGroup(environment, { size: 2 ** depth - 1, seed: depth });
  const [sender, receiver] = [await group.member(leafIndex(0)), await group.member(leafIndex(2 ** (depth - 1)))];
  const watched = watch(group.tree);
  const count = async <T>(verb: string, work: () => T | Promise<T>): Promise<T> => {
    watched.count = 0;
    const result = await work();
    note(verb, watched.count);
    return result;
  };
  const committed = async (verb: string, options: CommitOptions = {}) => {
    const { state, output } = await count(verb, () => createCommit(environment, again(sender), options));
    await count(`accept ${verb}`, () => acceptCommit(environment, state, output.pending));
    return (await count(`process ${verb}`, () => processMessage(environment, receiver, output.message))).state;
  };

  const after = await committed("commit");
  await committed("remove", { proposals: [{ proposalType: "remove", removed: leafIndex(2 ** (depth - 1) + 1) }] });
  const signer = await generateSigner(environment.suite, environment.random);
  const credential = { credentialType: "basic", identity: utf8("new") } as const;
  const { keyPackage } = await createKeyPackage(environment, { signer, credential });
  await committed("add", { proposals: [{ proposalType: "add", keyPackage }], ratchetTree: false });
  await committed("leaf", { leaf: { credential: ownLeaf(sender).credential } });

  const proposal = await count("propose", () => createProposal(environment, again(sender), { proposalType: "update" }));
  const proposed = await count("receive proposal", () =>
    processMessage(environment, receiver, proposal.output.message),
  );
  await count("commit a reference", () => createCommit(environment, again(proposed.state)));

  const sent = await count("send", () => protect(environment, again(sender), utf8("hello")));
  const received = await count("receive", () => processMessage(environment, receiver, sent.output));
  const change = await count("change of commit", () => encodeChange(environment, receiver, after));
  await count("apply change", () => applyChange(environment, receiver, change));
  await count("change of message", () => encodeChange(environment, receiver, received.state));

  const open = await createCommit(environment, again(sender), { wireFormat: "mls_public_message" });
  const observed = await count("observe commit", () => observeMessage(environment, receiver, open.output.message));
  await count("public change", () => encodePublicChange(environment, receiver, observed.state));
  await count("roster", () => roster(receiver));
}

/** The growth from each to the next. */
function steps(values: readonly number[]): number[] {
  return values.slice(1).map((value, i) => value - (values[i] as number));
}

describe("visits of nodes in a full tree of 2^4 to 2^11 members", () => {
  beforeAll(async () => {
    for (const depth of DEPTHS) {
      await measure(depth, (verb, count) => visits.set(verb, [...(visits.get(verb) ?? []), count]));
    }
  }, 240_000);

  it("each level costs the same, or one more than the level before", () => {
    for (const [verb, counts] of visits) {
      if (verb === "roster") continue;
      const growth = steps(counts);
      const [second = 0, ...others] = steps(growth);
      expect(new Set(others), `${verb}: ${counts.join(" ")}`).toEqual(new Set([second]));
      expect(second, `${verb}: ${counts.join(" ")}`).toBeGreaterThanOrEqual(0);
      expect(second, `${verb}: ${counts.join(" ")}`).toBeLessThanOrEqual(1);
      expect(Math.max(...growth), `${verb}: ${counts.join(" ")}`).toBeLessThan(40);
    }
  });

  it.each(["send", "change of message", "accept commit", "accept add", "accept remove"])(
    "%s visits no node",
    (verb) => {
      expect(new Set(visits.get(verb))).toEqual(new Set([0]));
    },
  );

  it("would find a loop over all members: the roster is one", () => {
    const [first = 0, ...others] = steps(visits.get("roster") ?? []);
    expect(others[0]).toBe(2 * first);
  });
});
