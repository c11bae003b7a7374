/** What a message is, without keys; and why one was refused, in words. */
import assert from "node:assert/strict";
import { createCommit, createGroup, MLSMessage, processMessage } from "copath";
import { decode } from "copath/codec";
import { explain } from "copath/errors";
import { peek } from "copath/framing";
import { environment, keep, register } from "./setup.ts";

let alice = await createGroup(environment, await register("alice"));
const commit = await createCommit(environment, alice, { wireFormat: "mls_public_message" });
alice = keep(commit);

// The head tells a server where a message belongs. It is what the sender claims: nothing of it is verified.
const head = peek(commit.output.message);
assert(head.wireFormat === "mls_public_message" && head.contentType === "commit");
console.log(head.epoch, head.sender.senderType); // 0n member

// All of it is a value, named as in the RFC.
const message = decode(MLSMessage, commit.output.message);
assert(message.wireFormat === "mls_public_message");
const { content } = message.publicMessage;
assert(content.contentType === "commit");
console.log(content.commit.path?.leafNode.leafNodeSource); // commit

// Errors carry facts; `explain` makes sentences of them.
const truncated = commit.output.message.subarray(0, 60);
const reason = await processMessage(environment, alice, truncated).catch(explain);
assert("rule" in reason);
console.log(reason.code, reason.details.path, reason.details.offset); // codec.truncated MLSMessage.publicMessage.content.commit.path.leafNode.encryptionKey 55
console.log(reason.rule); // The input ends only after all of its fields.
console.log(reason.retry); // never
