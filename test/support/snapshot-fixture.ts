/**
 * The story behind the snapshots in test/group/fixtures, which stay as the versions that wrote them left them. Each has
 * what the format can say, and messages that only the state in it opens.
 */
import { noble } from "../../src/backends/noble/index.ts";
import { toHex, utf8 } from "../../src/bytes.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { epochAuthenticator } from "../../src/group/members.ts";
import { observeGroup, observeMessage } from "../../src/group/public-group.ts";
import { encodeChange, encodePublicChange, encodePublicState, encodeState } from "../../src/group/snapshot.ts";
import { authenticationBy, Chat, environmentOf, keyPackageFor, person, suiteOf } from "./group.ts";

/** Octets are in hexadecimal. All snapshots are of suite 1 and hold the signature keys. */
export interface SnapshotFixture {
  readonly version: number;
  /** Of alice, in the middle of an epoch. */
  readonly state: string;
  /** Since `state`: after `commit`. */
  readonly change: string;
  /** Of an observer, in the same epoch as `state`. */
  readonly publicState: string;
  /** Since `publicState`: after `commit`. */
  readonly publicChange: string;
  readonly messages: {
    /** Of an epoch before that of `state`. */
    readonly past: string;
    /** Of the epoch of `state`, and of a generation that was skipped. */
    readonly skipped: string;
    /** Takes an Update of alice's own with a new signature key, and an Add, both by reference. */
    readonly commit: string;
    /** Of the epoch after `commit`. */
    readonly next: string;
  };
  /** Of the epoch after `commit`. */
  readonly epochAuthenticator: string;
  /** Of the GroupContext after `commit`. */
  readonly treeHash: string;
}

export const TEXTS = { past: "from the past", skipped: "out of order", next: "to the future" } as const;

/** Clients have the names that they say. */
const authentication = authenticationBy(({ credential }) => ({
  accepted: true,
  client: credential.credentialType === "basic" ? credential.identity : utf8("?"),
}));

/** Surroundings in which the snapshots can be used. */
export const fixtureEnvironment = environmentOf({ suite: suiteOf(1, noble), seed: "snapshots", authentication });

const PUBLIC = { wireFormat: "mls_public_message" } as const;

/** Tells the story anew. */
export async function makeSnapshotFixture(version: number): Promise<SnapshotFixture> {
  const environment = fixtureEnvironment;
  const chat = await Chat.of(["alice", "bob", "carol", "dave", "erin"], environment);
  await chat.fill();
  const past = await chat.send("carol", TEXTS.past);
  await chat.deliver("carol", await chat.send("carol", "in time"));
  await chat.remove("bob", "dave");
  await chat.commit("erin");
  const skipped = await chat.send("carol", TEXTS.skipped);
  await chat.deliver("carol", await chat.send("carol", "in order"));
  let observer = await observeGroup(environment, { groupInfo: await createGroupInfo(environment, chat.state("bob")) });
  const see = async (message: Uint8Array) => {
    const before = observer;
    observer = (await observeMessage(environment, observer, message)).state;
    return before;
  };
  const leaf = { signer: (await person(environment, "alice")).signer };
  await see((await chat.propose("alice", { proposalType: "update", leaf }, PUBLIC)).message);
  const { keyPackage } = await keyPackageFor(environment, "frank");
  await see((await chat.propose("erin", { proposalType: "add", keyPackage }, PUBLIC)).message);

  const before = chat.state("alice");
  const state = encodeState(environment, before, { signatureKeys: true });
  const publicState = encodePublicState(environment, observer);
  const { message: commit } = await chat.commit("carol", PUBLIC);
  const watched = await see(commit);
  const alice = chat.state("alice");
  return {
    version,
    state: toHex(state),
    change: toHex(encodeChange(environment, before, alice, { signatureKeys: true })),
    publicState: toHex(publicState),
    publicChange: toHex(encodePublicChange(environment, watched, observer)),
    messages: {
      past: toHex(past),
      skipped: toHex(skipped),
      commit: toHex(commit),
      next: toHex(await chat.send("carol", TEXTS.next)),
    },
    epochAuthenticator: toHex(epochAuthenticator(alice)),
    treeHash: toHex(alice.tree.hash),
  };
}
