import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { createCommit } from "../../src/group/create-commit.ts";
import type { HandshakeFormat } from "../../src/group/environment.ts";
import { processMessage } from "../../src/group/messages.ts";
import { createProposal } from "../../src/group/propose.ts";
import { observeMessage } from "../../src/group/public-group.ts";
import { Secret } from "../../src/secret.ts";
import { authenticationBy, Chat, environmentOf, keyPackageFor } from "../support/group.ts";

/** Who sends it chooses its length. */
const authenticatedData = new Uint8Array(100_000);
const MUCH = 10_000;

/** The longest piece of memory that a value keeps, but for what its Secrets own. */
function longestBuffer(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== "object" || value === null || value instanceof Secret || seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) return value.buffer.byteLength;
  const parts =
    value instanceof Map || value instanceof Set ? [...value.entries()].flat() : Object.values(value as object);
  return parts.reduce((longest: number, part) => Math.max(longest, longestBuffer(part, seen)), 0);
}

describe("§2.1 what enters a state keeps no message alive", () => {
  it.each<HandshakeFormat>(["mls_public_message", "mls_private_message"])(
    "proposals and commits, as %s",
    async (wireFormat) => {
      const authentication = authenticationBy(({ credential }) => ({
        accepted: true,
        client: credential.credentialType === "basic" ? credential.identity : utf8("?"),
      }));
      const environment = environmentOf({ authentication });
      const chat = await Chat.of(["alice", "bob", "carol"], environment);
      const framing = { wireFormat, authenticatedData };
      const { keyPackage } = await keyPackageFor(environment, "dave");
      const add = { proposalType: "add", keyPackage } as const;

      const proposed = await createProposal(environment, chat.state("alice"), add, framing);
      expect(proposed.output.message.length).toBeGreaterThan(authenticatedData.length);
      const bob = await processMessage(environment, chat.state("bob"), proposed.output.message);
      expect(bob.state.proposals.size).toBe(1);
      expect(longestBuffer(bob.state)).toBeLessThan(MUCH);
      // The name of whom it brings is known by what is kept.
      const [cached] = bob.state.proposals.values();
      if (cached?.proposal.proposalType !== "add") throw new Error("no Add");
      expect(bob.state.clients.names.get(cached.proposal.keyPackage.leafNode.signatureKey)).toEqual(utf8("dave"));

      const groupContext = { proposalType: "group_context_extensions", extensions: [] } as const;
      const committed = await createCommit(environment, chat.state("carol"), {
        ...framing,
        proposals: [add, groupContext],
      });
      const after = await processMessage(environment, chat.state("bob"), committed.output.message);
      expect(longestBuffer(after.state)).toBeLessThan(MUCH);
      if (wireFormat === "mls_private_message") return;
      for (const { message } of [proposed.output, committed.output]) {
        expect(longestBuffer((await observeMessage(environment, chat.state("bob"), message)).state)).toBeLessThan(MUCH);
      }
    },
  );
});
