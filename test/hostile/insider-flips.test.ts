/**
 * A member damages the content of its own message before it signs it, so that signature and tags are right: what lies
 * behind authentication refuses it with the same code on both backends, or takes it on both, and never trips.
 */
import { describe, expect, it } from "vitest";
import type { Codec } from "../../src/codec/codec.ts";
import { decode, encode } from "../../src/codec/codec.ts";
import { MlsError } from "../../src/errors.ts";
import { joinGroup } from "../../src/group/join.ts";
import { processMessage } from "../../src/group/messages.ts";
import type { Content } from "../../src/group/protect.ts";
import { addLeaves } from "../../src/tree/evolution.ts";
import { createTree } from "../../src/tree/ratchet-tree.ts";
import { nodesOf } from "../../src/tree/ratchet-tree-extension.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { Commit } from "../../src/wire/commit.ts";
import { GroupInfoTBS } from "../../src/wire/group-info.ts";
import { Proposal } from "../../src/wire/proposal.ts";
import { RatchetTreeNodes } from "../../src/wire/ratchet-tree.ts";
import { GroupSecrets } from "../../src/wire/welcome.ts";
import { drawsOf } from "../support/generate.ts";
import { Chat, environmentOf, keyPackageFor, suiteOf } from "../support/group.ts";
import {
  anyKeyPackage,
  byValue,
  insiderCommit,
  insiderProposal,
  insiderWelcome,
  updateProposal,
} from "../support/group-insider.ts";
import { inputs, type Seat, seed, Twins } from "./support.ts";

type Below = (limit: number) => number;

/** The value with one bit of its encoding flipped; the value itself if that cannot be read. */
function flipped<T>(codec: Codec<T>, value: T, below: Below): T {
  const bytes = encode(codec, value);
  const at = below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
  try {
    return decode(codec, bytes);
  } catch (error) {
    if (error instanceof MlsError) return value;
    throw error;
  }
}

const worldOf = async (id: number) => {
  const environment = environmentOf({ suite: suiteOf(id), seed: `insider ${id}` });
  const chat = await Chat.of(["alice", "bob", "carol"], environment);
  await chat.fill();
  const draw = drawsOf(seed + 31 * id);
  return { environment, chat, below: (limit: number) => Math.floor(draw() * limit) };
};

const process =
  (message: Uint8Array) =>
  ({ environment, state }: Seat) =>
    processMessage(environment, state, message);

describe.each([1, 2])("suite %i: messages that are authentic and damaged", (id) => {
  it("[5.1.2-05] [12.4.2-01] commits: one verdict, no trace", { timeout: 0 }, async () => {
    const { environment, chat, below } = await worldOf(id);
    const twins = await Twins.of(chat.state("bob"));
    const alice = chat.state("alice");
    const { keyPackage } = await anyKeyPackage(environment, "dave");
    const psk = { psktype: "resumption", usage: "application", pskGroupId: alice.epoch.groupContext.groupId } as const;
    const extensions = [{ extensionType: "required_capabilities", extensionData: new Uint8Array(3) }] as const;
    const proposals: Proposal[] = [
      { proposalType: "add", keyPackage },
      { proposalType: "psk", psk: { ...psk, pskEpoch: 2n, pskNonce: environment.random(32) } },
      { proposalType: "group_context_extensions", extensions },
    ];
    const codes = new Map<string, number>();
    for (let run = 0; run < inputs(150); run++) {
      const { message } = await insiderCommit(environment, alice, {
        proposals: proposals.filter((_, i) => ((run >> i) & 1) === 1).map(byValue),
        content: (content) => ({ ...content, ...damagedCommit(content as Content, below) }) as typeof content,
      });
      const code = await twins.judge(process(message), `at commit ${run}, seed ${seed}`);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    twins.unchanged();
    expect(codes.size).toBeGreaterThan(4);
    const { message } = await insiderCommit(environment, alice);
    expect(await twins.judge(process(message))).toBe("accepted");
  });

  it("[5.1.2-05] [12.2-02] proposals: one verdict, no trace", { timeout: 0 }, async () => {
    const { environment, chat, below } = await worldOf(id);
    const twins = await Twins.of(chat.state("bob"));
    const alice = chat.state("alice");
    const { keyPackage } = await anyKeyPackage(environment, "dave");
    const genuine: Proposal[] = [{ proposalType: "add", keyPackage }, await updateProposal(environment, alice)];
    for (let run = 0; run < inputs(120); run++) {
      const proposal = flipped(Proposal, genuine[run % 2] ?? expect.unreachable(), below);
      const { message } = await insiderProposal(environment, alice, proposal);
      await twins.judge(process(message), `at proposal ${run}, seed ${seed}`);
    }
    twins.unchanged();
  });

  it("[12.4.3.1-10] [12.4.3.1-20] Welcomes: one verdict, and the key package is not used up", {
    timeout: 0,
  }, async () => {
    const { environment, chat, below } = await worldOf(id);
    const twins = await Twins.of(chat.state("bob"));
    const joiner = await keyPackageFor(environment, "dave");
    const host = await anyKeyPackage(environment, "mallory");
    const { tree } = addLeaves(createTree(environment.suite, host.keyPackage.leafNode), [joiner.keyPackage.leafNode]);
    const base = { joiner, tree, signer: host.signer, signerIndex: leafIndex(0) };
    const context = { ...chat.one.epoch.groupContext, extensions: [] };
    const join =
      (welcome: Uint8Array) =>
      ({ environment: own }: Seat) =>
        joinGroup(own, { welcome, keyPackages: [joiner] });
    for (let run = 0; run < inputs(60); run++) {
      const plans = [
        { groupSecrets: (secrets: GroupSecrets) => flipped(GroupSecrets, secrets, below) },
        { groupInfo: (content: GroupInfoTBS) => flipped(GroupInfoTBS, content, below) },
        { nodes: flipped(RatchetTreeNodes, nodesOf(tree), below) },
      ];
      const welcome = await insiderWelcome(environment, context, { ...base, ...plans[run % 3] });
      await twins.judge(join(welcome), `at Welcome ${run}, seed ${seed}`);
    }
    expect(await twins.judge(join(await insiderWelcome(environment, context, base)))).toBe("accepted");
  });
});

function damagedCommit(content: Content, below: Below): Partial<Content> {
  return content.contentType === "commit" ? { commit: flipped(Commit, content.commit, below) } : {};
}
