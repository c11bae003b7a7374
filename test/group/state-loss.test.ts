import { describe, expect, it } from "vitest";
import { createCommit } from "../../src/group/create-commit.ts";
import { createProposal } from "../../src/group/propose.ts";
import { Chat, refusals } from "../support/group.ts";

describe("§6.3.1 a member that lost its latest state", () => {
  it("[12.1.2-04] refuses the echo of an own Update whose key is gone, and says so", async () => {
    const chat = await Chat.of(["alice", "bob"]);
    const before = chat.state("alice");
    const wireFormat = "mls_public_message";
    const { state, output } = await createProposal(
      chat.environment,
      before,
      { proposalType: "update" },
      { wireFormat },
    );
    expect(await refusals(chat.environment, [before], output.message)).toEqual(["content.own_message"]);
    expect(await refusals(chat.environment, [state], output.message)).toEqual(["accepted proposal"]);
    await chat.receive("bob", output.message);
    const commit = await createCommit(chat.environment, chat.state("bob"), { wireFormat });
    expect(await refusals(chat.environment, [before], commit.output.message)).toEqual(["proposals.unknown_reference"]);
    expect(await refusals(chat.environment, [state], commit.output.message)).toEqual(["accepted commit"]);
  });
});
