import { describe, expect, it } from "vitest";
import { createCommit } from "../../src/group/create-commit.ts";
import { joinExternally } from "../../src/group/external.ts";
import { createGroupInfo } from "../../src/group/group-info.ts";
import { processMessage } from "../../src/group/messages.ts";
import { acceptJoin } from "../../src/group/pending.ts";
import type { CommitSummary, Permission } from "../../src/group/permission.ts";
import { createProposal } from "../../src/group/propose.ts";
import { leafIndex } from "../../src/tree-math.ts";
import { agree, Chat, environmentOf, fingerprint, person, refusals } from "../support/group.ts";

const NAMES = ["alice", "bob", "carol"] as const;
const remove = { proposalType: "remove", removed: leafIndex(2) } as const;
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error) => error.code,
  );

/** Only the member at leaf 0 may remove others. */
const onlyTheFirst: Permission = {
  commit: async (_, { list, committer }: CommitSummary) => list.removes.length === 0 || committer === 0,
};

describe("§12.2 the application's own rules", () => {
  it("[12.2-20] bind the creator of a commit and those who receive it", async () => {
    const chat = await Chat.of(NAMES);
    const strict = { ...chat.environment, permission: onlyTheFirst };
    const before = fingerprint(chat.state("bob"));
    expect(await code(createCommit(strict, chat.state("bob"), { proposals: [remove] }))).toBe("commit.unauthorised");
    expect(fingerprint(chat.state("bob"))).toBe(before);
    const { output } = await createCommit(chat.environment, chat.state("bob"), { proposals: [remove] });
    expect(await refusals(strict, [chat.state("alice")], output.message)).toEqual(["commit.unauthorised"]);
    expect(await refusals(strict, [chat.state("carol")], output.message)).toEqual(["commit.unauthorised"]);
    await chat.receive("alice", output.message);
  });

  it("let pass what they allow, from leaf index 0", async () => {
    const chat = await Chat.of(NAMES, environmentOf({ permission: onlyTheFirst }));
    await chat.remove("alice", "carol");
    chat.agree();
  });

  it("[12.2-20] see each proposal with its sender, whether received or the member's own", async () => {
    const seen: string[] = [];
    const permission: Permission = {
      proposal: (_, { proposalType }, { senderType }) => {
        seen.push(`${proposalType} by ${senderType}`);
        return proposalType !== "remove";
      },
    };
    const chat = await Chat.of(NAMES, environmentOf({ permission }));
    expect(new Set(seen.splice(0))).toEqual(new Set(["add by member"]));
    await chat.propose("bob", { proposalType: "update" });
    expect(seen).toEqual(["update by member", "update by member", "update by member"]);
    expect(await code(createProposal(chat.environment, chat.state("bob"), remove))).toBe("proposal.unauthorised");
  });

  it("[12.2-20] bind a client that joins externally before its commit is made", async () => {
    const chat = await Chat.of(NAMES);
    const groupInfo = await createGroupInfo(chat.environment, chat.state("alice"));
    const options = { ...(await person(chat.environment, "carol")), groupInfo, removed: remove.removed };
    const joining = (permission: Permission) => joinExternally({ ...chat.environment, permission }, options);
    const seen: string[] = [];
    const { message, pending } = await joining({
      proposal: (state, { proposalType }, { senderType }) => {
        seen.push(`${proposalType} by ${senderType} in ${state.epoch.groupContext.epoch}`);
        return true;
      },
      commit: (state, { kind, committer, list, newLeaf, dropped }) => {
        expect(state.tree.hash).toEqual(chat.state("alice").tree.hash);
        seen.push(`${kind} at ${committer}`);
        expect([list.removes.length, newLeaf, dropped]).toEqual([1, undefined, []]);
        return true;
      },
    });
    expect(seen).toEqual([
      "external_init by new_member_commit in 1",
      "remove by new_member_commit in 1",
      "external at 2",
    ]);
    await chat.deliver(undefined, message);
    agree(acceptJoin(pending), chat.state("alice"));
    expect(await code(joining({ proposal: (_, { proposalType }) => proposalType !== "remove" }))).toBe(
      "proposal.unauthorised",
    );
    expect(await code(joining({ commit: ({ tree }, { kind }) => tree.memberCount > 3 || kind !== "external" }))).toBe(
      "commit.unauthorised",
    );
  });

  it("[12.2-20] see proposals by value, too", async () => {
    const chat = await Chat.of(NAMES);
    const noRemoves: Permission = { proposal: (_, { proposalType }) => proposalType !== "remove" };
    const strict = { ...chat.environment, permission: noRemoves };
    expect(await code(createCommit(strict, chat.state("bob"), { proposals: [remove] }))).toBe("proposal.unauthorised");
    const { output } = await createCommit(chat.environment, chat.state("bob"), { proposals: [remove] });
    expect(await refusals(strict, [chat.state("alice")], output.message)).toEqual(["proposal.unauthorised"]);
  });

  it("are asked about a commit only after the protocol's own", async () => {
    const chat = await Chat.of(NAMES);
    let asked = 0;
    const counting = { ...chat.environment, permission: { commit: () => ++asked > 0 } };
    const { output } = await createCommit(chat.environment, chat.state("bob"));
    const broken = output.message.slice();
    broken[broken.length - 1] = (broken[broken.length - 1] ?? 0) ^ 1;
    expect(await refusals(counting, [chat.state("alice")], broken)).not.toEqual(["accepted commit"]);
    expect(asked).toBe(0);
  });
});

describe("§12.4 what a commit does, for those who look into it", () => {
  it("names the new leaf, and the proposals that it leaves out", async () => {
    const chat = await Chat.of(NAMES);
    const seen: CommitSummary[] = [];
    const environment = {
      ...chat.environment,
      permission: { commit: (_: unknown, summary: CommitSummary) => seen.push(summary) > 0 },
    };
    const update = await chat.propose("alice", { proposalType: "update" });
    const kept = await chat.propose("bob", { proposalType: "update" });
    const psk = { psktype: "resumption", pskEpoch: 1n } as const;
    const own = await chat.propose("alice", { proposalType: "psk", psk });
    const { output } = await createCommit(environment, chat.state("carol"), { references: [kept.reference] });
    const received = await processMessage(environment, chat.state("alice"), output.message);
    const [made, asked] = seen;
    for (const summary of [made, asked]) {
      expect(summary?.dropped.map(({ reference }) => reference)).toEqual([update.reference, own.reference]);
    }
    expect(made?.newLeaf).toBeUndefined();
    expect(asked?.newLeaf).toEqual(output.pending.next.tree.leaf(leafIndex(2)));
    if (received.output.contentType !== "commit") throw new Error("no commit");
    expect(received.output.commit).toEqual(asked);
    const mine = received.output.commit.dropped.filter(
      ({ sender }) => sender.senderType === "member" && sender.leafIndex === chat.one.self.leafIndex,
    );
    expect(mine.map(({ proposal }) => proposal.proposalType)).toEqual(["update", "psk"]);
  });

  it("a commit without a path has no new leaf, and one that covers everything drops nothing", async () => {
    const chat = await Chat.of(NAMES);
    await chat.propose("bob", { proposalType: "psk", psk: { psktype: "resumption", pskEpoch: 1n } });
    const { received } = await chat.commit("carol");
    expect([...received.values()]).toMatchObject([
      { commit: { newLeaf: undefined, dropped: [] } },
      { commit: { newLeaf: undefined, dropped: [] } },
    ]);
  });

  it("the application can insist on proposals that a commit leaves out", async () => {
    const chat = await Chat.of(NAMES);
    const fair: Permission = { commit: (_, { dropped }) => dropped.length === 0 };
    await chat.propose("alice", remove);
    const { output } = await createCommit(chat.environment, chat.state("bob"), { references: [] });
    const strict = { ...chat.environment, permission: fair };
    expect(await refusals(strict, [chat.state("alice")], output.message)).toEqual(["commit.unauthorised"]);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a number", 1],
    ["a text", "no"],
    ["an object", { allowed: false }],
    ["a promise of nothing", Promise.resolve()],
  ])("are refused as broken if they answer with %s", async (_, answer) => {
    const chat = await Chat.of(NAMES);
    const mute = (rule: "proposal" | "commit") => ({
      ...chat.environment,
      permission: { [rule]: () => answer } as Permission,
    });
    const { output } = await createCommit(chat.environment, chat.state("bob"), { proposals: [remove] });
    for (const rule of ["proposal", "commit"] as const) {
      expect(await refusals(mute(rule), [chat.state("alice"), chat.state("carol")], output.message)).toEqual([
        "option.invalid",
        "option.invalid",
      ]);
      expect(await code(createCommit(mute(rule), chat.state("alice"), { proposals: [remove] }))).toBe("option.invalid");
    }
    expect(await code(createProposal(mute("proposal"), chat.state("alice"), remove))).toBe("option.invalid");
  });
});
