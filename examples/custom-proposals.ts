/** A proposal that the RFC does not know: the members agree on the topic of their conversation. */
import assert from "node:assert/strict";
import {
  acceptCommit,
  createCommit,
  createGroup,
  createKeyPackage,
  createProposal,
  type Environment,
  joinGroup,
  processMessage,
  type Registrations,
  RequiredCapabilities,
} from "copath";
import { decode, encode, opaque, struct } from "copath/codec";
import { bytes, environment, keep, publish, register, text } from "./setup.ts";

// A type out of the range for private use (§17.4), and a body that ends by itself.
const TOPIC = 0xf100;
const Topic = struct("Topic", { text: opaque });
const topic = (words: string) => ({ proposalType: TOPIC, body: encode(Topic, { text: bytes(words) }) });

const registrations: Registrations = {
  proposals: [
    {
      type: TOPIC,
      body: Topic,
      pathRequired: false,
      // All who judge a proposal have to come to the same result.
      validate: (_, { body }) => (decode(Topic, body).text.length > 80 ? "too long" : undefined),
    },
  ],
};
const informed: Environment = { ...environment, registrations };

// Whoever cannot read such a proposal could not follow: the group requires it of all members (§11.1).
const required = { extensionTypes: [], proposalTypes: [TOPIC], credentialTypes: [] };
let alice = await createGroup(informed, {
  ...(await register("alice")),
  extensions: [{ extensionType: "required_capabilities", extensionData: encode(RequiredCapabilities, required) }],
});
const stranger = { proposalType: "add", keyPackage: (await publish("eve")).keyPackage } as const;
await assert.rejects(createCommit(informed, alice, { proposals: [stranger] }), { code: "leaf.required_capability" });

// What is registered is in the capabilities by itself.
const bobsBundle = await createKeyPackage(informed, await register("bob"));
const add = { proposalType: "add", keyPackage: bobsBundle.keyPackage } as const;
const added = await createCommit(informed, alice, { proposals: [add] });
alice = keep(added);
alice = keep(acceptCommit(informed, alice, added.output.pending));
const [welcome] = added.output.welcomes;
assert(welcome !== undefined);
let bob = keep(await joinGroup(informed, { welcome, keyPackages: [bobsBundle] }));

// Bob proposes, Alice commits: both ways of making a proposal know the type.
const proposed = await createProposal(informed, bob, topic("where to meet"));
bob = keep(proposed);
alice = keep(await processMessage(informed, alice, proposed.output.message));
await assert.rejects(createProposal(informed, bob, topic("a".repeat(81))), { code: "proposal.rejected" });

const commit = await createCommit(informed, alice);
alice = keep(commit);
alice = keep(acceptCommit(informed, alice, commit.output.pending));
const received = await processMessage(informed, bob, commit.output.message);
assert(received.output.contentType === "commit");

// What the proposal means is for the application to carry out.
const [agreed] = received.output.commit.list.custom;
assert(agreed !== undefined);
bob = keep(received);
assert.deepEqual(bob.tree.hash, alice.tree.hash);

console.log(text(decode(Topic, agreed.proposal.body).text)); // where to meet
