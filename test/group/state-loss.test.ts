import { describe, expect, it } from "vitest";
import { Chat, refusals } from "../support/group.ts";

describe("§6.3.1 a member that lost its latest state", () => {
  it("[12.1.2-04] refuses the echo of an own Update whose key is gone, and says so", async () => {
    const chat = await Chat.of(["alice", "bob"]);
    const before = chat.state("alice");
    const sent = await chat.propose("alice", { proposalType: "update" }, { wireFormat: "mls_public_message" });
    expect(await refusals(chat.environment, [before], sent.message)).toEqual(["content.own_message"]);
    expect(await refusals(chat.environment, [chat.state("alice")], sent.message)).toEqual(["accepted proposal"]);
    const { message } = await chat.commit("bob", { wireFormat: "mls_public_message" });
    expect(await refusals(chat.environment, [before], message)).toEqual(["proposals.unknown_reference"]);
    chat.agree();
  });
});
