/** §5.1.2: every operation that signs, by members whose keys are in another thread. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import type { Signer } from "../../src/crypto/signer.ts";
import { createGroup } from "../../src/group/create.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import type { Environment } from "../../src/group/environment.ts";
import { joinExternally } from "../../src/group/external.ts";
import { proposeExternally, proposeSelf } from "../../src/group/external-proposals.ts";
import { createGroupInfo, verifyGroupInfo } from "../../src/group/group-info.ts";
import { joinGroup } from "../../src/group/join.ts";
import { createKeyPackage, validateKeyPackage } from "../../src/group/key-package.ts";
import { processMessage, protect } from "../../src/group/messages.ts";
import { createProposal } from "../../src/group/propose.ts";
import { branch, reinitialize } from "../../src/group/resumption.ts";
import { decodeState, encodeState } from "../../src/group/snapshot.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { ExternalSenders } from "../../src/wire/extension.ts";
import { agree, basic, Chat, copyOfState, environmentOf, fingerprint, suiteOf } from "./group.ts";
import type { HolderAnswer, HolderRequest, KeyRequest } from "./key-holder.ts";

/** A thread that runs `holdKey` for each request. */
export interface KeyHolder {
  hold(request: KeyRequest): void;
  end(): unknown;
}

interface RemoteSigner extends Signer {
  /** How many signatures the thread has made since this was asked last. */
  signed(): number;
  /** Whether it signs from now on. */
  be(willing: boolean): void;
}

function remoteSigner(holder: KeyHolder, suite: number): Promise<RemoteSigner> {
  const { port1, port2 } = new MessageChannel();
  const waiting = new Map<number, { resolve(signature: Uint8Array): void; reject(reason: Error): void }>();
  const ask = (request: HolderRequest) => port1.postMessage(request);
  let asked = 0;
  let signed = 0;
  const sign = (message: Uint8Array) =>
    new Promise<Uint8Array>((resolve, reject) => {
      waiting.set(++asked, { resolve, reject });
      ask({ id: asked, message });
    });
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<HolderAnswer>) => {
      if ("publicKey" in data) {
        const be = (willing: boolean) => ask({ willing });
        const count = () => {
          const since = signed;
          signed = 0;
          return since;
        };
        return resolve({ publicKey: data.publicKey, sign, signed: count, be });
      }
      if ("refusal" in data) return waiting.get(data.id)?.reject(new Error(data.refusal));
      signed++;
      waiting.get(data.id)?.resolve(data.signature);
    };
    holder.hold({ suite, port: port2 });
  });
}

export function describeRemoteSigning(start: () => Promise<KeyHolder>): void {
  let holder: KeyHolder;
  beforeAll(async () => {
    holder = await start();
  });
  afterAll(() => holder.end());

  describe.each([1, 2])("§5.1.2 a key in another thread, in suite %i", (id) => {
    const environment = environmentOf({ suite: suiteOf(id), policy: { newMemberProposals: true } });
    const signerOf = () => remoteSigner(holder, id);
    const client = async (name: string) => ({ signer: await signerOf(), credential: basic(name) });

    async function pair(overrides: object = {}) {
      const [alice, bob] = [await client("alice"), await client("bob")];
      const chat = await Chat.of(["alice"], environment, { ...alice, ...overrides });
      await chat.add("alice", ["bob"], {}, bob);
      return { chat, alice: alice.signer, bob: bob.signer };
    }

    it("signs key packages, a group's first leaf, commits with Welcomes, and messages", async () => {
      const { chat, alice, bob } = await pair();
      expect([alice.signed(), bob.signed()]).toEqual([3, 2]);
      for (const [name, signer] of [
        ["alice", alice],
        ["bob", bob],
      ] as const) {
        const received = await chat.deliver(name, await chat.send(name, "hello"));
        expect([...received.values()]).toMatchObject([{ contentType: "application" }]);
        expect(signer.signed()).toBe(1);
        await chat.commit(name, { forcePath: true });
        expect(signer.signed()).toBe(2);
      }
      chat.agree();
    });

    it("signs proposals, an Update to a key in another thread too, and takes the new key from then on", async () => {
      const { chat, bob } = await pair();
      const next = await signerOf();
      bob.signed();
      await chat.propose("bob", { proposalType: "update", leaf: { signer: next } });
      expect([bob.signed(), next.signed()]).toEqual([1, 1]);
      await chat.commit("alice");
      await chat.deliver("bob", await chat.send("bob", "under the new key"));
      expect([bob.signed(), next.signed()]).toEqual([0, 1]);
      const third = await signerOf();
      await chat.commit("bob", { leaf: { signer: third } });
      await chat.deliver("bob", await chat.send("bob", "under the third"));
      expect([next.signed(), third.signed()]).toEqual([1, 2]);
      chat.agree();
    });

    it("signs a GroupInfo, an external commit, and the request of a new member", async () => {
      const { chat, alice } = await pair();
      const carol = await client("carol");
      alice.signed();
      await chat.joinExternally("alice", "carol", carol);
      expect([alice.signed(), carol.signer.signed()]).toEqual([1, 2]);
      await chat.deliver("carol", await chat.send("carol", "hello"));
      const dave = await client("dave");
      const keyPackage = await createKeyPackage(environment, dave);
      const groupContext = await contextOf(environment, chat);
      const sent = await proposeSelf(environment, { groupContext, keyPackage });
      expect(dave.signer.signed()).toBe(3);
      await chat.deliver(undefined, sent.message);
      await chat.commit("alice", {}, new Map([["dave", keyPackage]]));
      await chat.deliver("dave", await chat.send("dave", "hello"));
      chat.agree();
    });

    it("signs the proposals of an external sender", async () => {
      const service = await client("service");
      const senders = encode(ExternalSenders, [
        { signatureKey: service.signer.publicKey, credential: service.credential },
      ]);
      const { chat } = await pair({ extensions: [{ extensionType: "external_senders", extensionData: senders }] });
      const { message } = await proposeExternally(environment, {
        groupContext: await contextOf(environment, chat),
        signer: service.signer,
        proposal: { proposalType: "remove", removed: leafIndex(1) },
      });
      expect(service.signer.signed()).toBe(1);
      await chat.deliver(undefined, message);
      await chat.commit("alice");
      expect(chat.state("bob").closed).toMatchObject({ reason: "removed" });
    });

    it("signs for a branch and for a re-initialised group", async () => {
      const { chat } = await pair();
      const [alice, bob] = [await client("alice"), await client("bob")];
      const succeeds = async (make: typeof branch | typeof reinitialize) => {
        const bundle = await createKeyPackage(environment, bob);
        const options = { ...alice, keyPackages: [bundle.keyPackage] };
        const { state, welcomes } = await make(environment, chat.state("alice"), options);
        const welcome = welcomes[0] ?? expect.unreachable();
        const predecessor = chat.state("bob");
        agree(state, (await joinGroup(environment, { welcome, keyPackages: [bundle], predecessor })).state);
      };
      await succeeds(branch);
      const next = { version: "mls10", cipherSuite: id, groupId: utf8("next"), extensions: [] } as const;
      await chat.commit("bob", { proposals: [{ proposalType: "reinit", ...next }] });
      await succeeds(reinitialize);
    });

    it("signs for a state that was saved without the key", async () => {
      const { chat, alice } = await pair();
      const saved = encodeState(environment, chat.state("alice"));
      chat.states.set("alice", await decodeState(environment, saved, { signers: [alice] }));
      alice.signed();
      await chat.deliver("alice", await chat.send("alice", "again"));
      expect(alice.signed()).toBe(1);
    });

    it("may refuse: nothing has changed then, and the same call goes through once it signs", async () => {
      const { chat, alice } = await pair();
      const carol = await client("carol");
      const groupInfo = await createGroupInfo(environment, chat.state("alice"));
      const state = () => copyOfState(chat.state("alice"));
      const operations: readonly (readonly [string, RemoteSigner, () => Promise<unknown>])[] = [
        ["key package", carol.signer, () => createKeyPackage(environment, carol)],
        ["group", carol.signer, () => createGroup(environment, carol)],
        ["external join", carol.signer, () => joinExternally(environment, { ...carol, groupInfo })],
        ["GroupInfo", alice, () => createGroupInfo(environment, state())],
        ["proposal", alice, () => createProposal(environment, state(), { proposalType: "update" })],
        ["commit", alice, () => createCommit(environment, state(), { forcePath: true })],
        ["message", alice, () => protect(environment, state(), utf8("hello"))],
      ];
      for (const [name, signer, operation] of operations) {
        const before = fingerprint(chat.state("alice"));
        signer.be(false);
        await expect(operation(), name).rejects.toThrow("the owner of the key says no");
        expect(fingerprint(chat.state("alice")), name).toBe(before);
        signer.be(true);
        await operation();
      }
      alice.be(false);
      const refused = chat.state("alice");
      await expect(protect(environment, refused, utf8("hello"))).rejects.toThrow("says no");
      alice.be(true);
      const sent = await protect(environment, refused, utf8("hello"));
      const { output } = await processMessage(environment, chat.state("bob"), sent.output);
      expect(output).toMatchObject({ contentType: "application", generation: 0 });
    });

    it("is asked at once by several calls, and each gets its own answer", async () => {
      const signer = await signerOf();
      const bundles = await Promise.all(
        Array.from({ length: 8 }, () => createKeyPackage(environment, { signer, credential: basic("many") })),
      );
      expect(new Set(bundles.map(({ reference }) => toHex(reference))).size).toBe(8);
      expect(signer.signed()).toBe(16);
      for (const { keyPackage } of bundles) await validateKeyPackage(environment, keyPackage);
    });
  });
}

/** What someone outside knows of the group. */
async function contextOf(environment: Environment, chat: Chat) {
  const { groupInfo } = await verifyGroupInfo(environment, await createGroupInfo(environment, chat.state("alice")));
  return groupInfo.groupContext;
}
