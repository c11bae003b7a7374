import { describe, expect, it } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { encode } from "../../src/codec/codec.ts";
import { deriveSecret } from "../../src/crypto/labels.ts";
import {
  type CommitResult,
  disposeEpoch,
  type Epoch,
  firstEpoch,
  joinedEpoch,
  nextEpoch,
  secretsOfEpoch,
} from "../../src/schedule/epoch.ts";
import {
  deriveJoinerSecret,
  deriveMemberSecret,
  deriveWelcomeSecret,
  zeroSecret,
} from "../../src/schedule/key-schedule.ts";
import { nextSendingKey } from "../../src/schedule/secret-tree.ts";
import { confirmationTag, confirmedTranscriptHash, interimTranscriptHash } from "../../src/schedule/transcript.ts";
import { Secret } from "../../src/secret.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { GroupContext } from "../../src/wire/group-context.ts";
import { failure } from "../support/failure.ts";
import { arraysOf, nobleSuite, spyOn } from "../support/spying-suite.ts";

const suite = nobleSuite();
const secret = (fill: number) => new Secret(new Uint8Array(suite.kdf.Nh).fill(fill));
const founding: GroupContext = {
  version: "mls10",
  cipherSuite: suite.id,
  groupId: utf8("group"),
  epoch: 0n,
  treeHash: new Uint8Array(32).fill(1),
  confirmedTranscriptHash: new Uint8Array(0),
  extensions: [],
};
const provisional: GroupContext = { ...founding, epoch: 1n, treeHash: new Uint8Array(32).fill(2) };
const previous = { interimTranscriptHash: new Uint8Array(32).fill(3) };

function resultOf(changes: Partial<CommitResult> = {}): CommitResult {
  return {
    groupContext: provisional,
    commit: {
      wireFormat: "mls_public_message",
      content: {
        groupId: founding.groupId,
        epoch: 0n,
        sender: { senderType: "member", leafIndex: leafIndex(0) },
        authenticatedData: new Uint8Array(0),
        contentType: "commit",
        commit: { proposals: [], path: undefined },
      },
      signature: new Uint8Array(64).fill(4),
    },
    initSecret: secret(5),
    commitSecret: secret(6),
    pskSecret: zeroSecret(suite),
    leaves: 2,
    ...changes,
  };
}

const authenticator = ({ secrets }: Epoch) => toHex(secrets.epochAuthenticator.bytes);

/** Comparable without their identity: contexts, tags, hashes, and the octets of all secrets. */
function view(epoch: Epoch) {
  return {
    context: toHex(epoch.encodedGroupContext),
    tag: toHex(epoch.confirmationTag),
    interim: toHex(epoch.interimTranscriptHash),
    secrets: arraysOf(secretsOfEpoch(epoch)).map(toHex),
    leaves: epoch.secretTree.leaves,
  };
}

describe("§8, §12.4 the next epoch", () => {
  it("[8.1-01] [8.2-01] has the commit in its confirmed transcript hash, and else the context that it was given", () => {
    const result = resultOf();
    const { epoch } = nextEpoch(suite, previous, result);
    const confirmed = confirmedTranscriptHash(suite, previous.interimTranscriptHash, result.commit);
    expect(epoch.groupContext).toEqual({ ...provisional, confirmedTranscriptHash: confirmed });
    expect(toHex(epoch.encodedGroupContext)).toBe(toHex(encode(GroupContext, epoch.groupContext)));

    const tag = confirmationTag(suite, epoch.secrets.confirmationKey, confirmed);
    expect(toHex(epoch.confirmationTag)).toBe(toHex(tag));
    expect(toHex(epoch.interimTranscriptHash)).toBe(toHex(interimTranscriptHash(suite, confirmed, tag)));
  });

  it("[8-01] derives what a Welcome needs on the way", () => {
    const result = resultOf({ pskSecret: secret(7) });
    const { epoch, joinerSecret, welcomeSecret } = nextEpoch(suite, previous, result);
    const groupContext = epoch.encodedGroupContext;
    const { initSecret, commitSecret } = result;
    const joiner = deriveJoinerSecret(suite, { initSecret, commitSecret, groupContext });
    expect(toHex(joinerSecret.bytes)).toBe(toHex(joiner.bytes));
    const welcome = deriveWelcomeSecret(suite, deriveMemberSecret(suite, joiner, result.pskSecret));
    expect(toHex(welcomeSecret.bytes)).toBe(toHex(welcome.bytes));
  });

  it("[8.7-01] is the same for a member and for one who joins it, and sends from generation 0", () => {
    const result = resultOf({ pskSecret: secret(7), leaves: 4 });
    const member = nextEpoch(suite, previous, result);
    const { groupContext } = member.epoch;
    const { joinerSecret } = member;
    const joiner = joinedEpoch(suite, { groupContext, joinerSecret, pskSecret: secret(7), leaves: 4 });
    expect(view(joiner.epoch)).toEqual(view(member.epoch));
    expect(authenticator(joiner.epoch)).toBe(authenticator(member.epoch));
    expect(joiner.epoch.sending).not.toBe(member.epoch.sending);
    joiner.epoch.sending.claim("application", 0);
    member.epoch.sending.claim("application", 0);
  });

  it("[8.7-01] is another one for members with another view", () => {
    const { commit } = resultOf();
    const results = [
      resultOf(),
      resultOf({ groupContext: { ...provisional, treeHash: new Uint8Array(32) } }),
      resultOf({ commit: { ...commit, signature: new Uint8Array(64) } }),
      resultOf({ initSecret: secret(1) }),
      resultOf({ commitSecret: secret(1) }),
      resultOf({ pskSecret: secret(1) }),
    ];
    const seen = results.map((result) => authenticator(nextEpoch(suite, previous, result).epoch));
    seen.push(authenticator(nextEpoch(suite, { interimTranscriptHash: new Uint8Array(32) }, resultOf()).epoch));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("§9.2 leaves alone what it was given, and nothing else behind", () => {
    const result = resultOf();
    const spy = spyOn(suite);
    const { epoch, joinerSecret, welcomeSecret } = nextEpoch(spy.suite, previous, result);
    const held = arraysOf([...secretsOfEpoch(epoch), joinerSecret, welcomeSecret]);
    expect(new Set(spy.alive())).toEqual(new Set(held));
    const { initSecret, commitSecret, pskSecret } = result;
    expect([initSecret, commitSecret, pskSecret].map((each) => each.disposed)).toEqual([false, false, false]);
  });

  it("[9.2-04] §9.2 leaves nothing behind if it fails anywhere", () => {
    const whole = spyOn(suite);
    nextEpoch(whole.suite, previous, resultOf());
    for (let failAt = 0; failAt < whole.calls(); failAt++) {
      const spy = spyOn(suite, failAt);
      expect(() => nextEpoch(spy.suite, previous, resultOf())).toThrow("the backend broke");
      expect(spy.alive()).toEqual([]);
    }
    const spy = spyOn(suite);
    expect(failure(() => nextEpoch(spy.suite, previous, resultOf({ leaves: 3 }))).code).toBe("input.invalid");
    expect(spy.alive()).toEqual([]);
  });

  it("refuses a context that cannot be encoded, before anything is derived", () => {
    const spy = spyOn(suite);
    const result = resultOf({ groupContext: { ...provisional, epoch: 2n ** 64n } });
    expect(failure(() => nextEpoch(spy.suite, previous, result)).code).toBe("codec.value_out_of_range");
    expect(spy.calls()).toBe(0);
  });
});

describe("§12.4.3.1 the epoch that a Welcome leads to", () => {
  it("leaves nothing behind, if it fails or not", () => {
    const groupContext = { ...provisional, confirmedTranscriptHash: new Uint8Array(32).fill(8) };
    const input = { groupContext, joinerSecret: secret(1), pskSecret: secret(2), leaves: 2 };
    const whole = spyOn(suite);
    const { epoch } = joinedEpoch(whole.suite, input);
    expect(new Set(whole.alive())).toEqual(new Set(arraysOf(secretsOfEpoch(epoch))));
    for (let failAt = 0; failAt < whole.calls(); failAt++) {
      const spy = spyOn(suite, failAt);
      expect(() => joinedEpoch(spy.suite, input)).toThrow("the backend broke");
      expect(spy.alive()).toEqual([]);
    }
    expect(input.joinerSecret.disposed).toBe(false);
    expect(input.pskSecret.disposed).toBe(false);
  });
});

describe("§11 the first epoch", () => {
  it("derives all from the epoch secret, and the interim transcript hash from an empty confirmed one", () => {
    const epochSecret = secret(9);
    const epoch = firstEpoch(suite, { groupContext: founding, epochSecret, leaves: 1 });
    expect(epoch.groupContext).toBe(founding);
    const tag = suite.hash.hmac(deriveSecret(suite, epochSecret, "confirm").bytes, new Uint8Array(0));
    expect(toHex(epoch.confirmationTag)).toBe(toHex(tag));
    const interim = suite.hash.digest(Uint8Array.of(tag.length, ...tag));
    expect(toHex(epoch.interimTranscriptHash)).toBe(toHex(interim));
    expect(epochSecret.disposed).toBe(false);
  });
});

describe("§9.2 the secrets of an epoch", () => {
  it("are all there, the secret tree's included, and go together", () => {
    const { epoch } = nextEpoch(suite, previous, resultOf());
    expect([...secretsOfEpoch(epoch)].length).toBe(8 + 1);
    const { tree } = nextSendingKey(suite, epoch.secretTree, leafIndex(1), "handshake");
    const used = { ...epoch, secretTree: tree };
    const held = [...secretsOfEpoch(used)];
    expect(held.length).toBe(8 + 3);
    disposeEpoch(used);
    expect(held.every(({ disposed }) => disposed)).toBe(true);
  });
});
