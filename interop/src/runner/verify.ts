/**
 * What must hold once a scenario is played, in every group, among those who are in its newest epoch: one authenticator, one
 * exported secret (of those who have these calls, which no other runner makes), and a message from each who may send to every other.
 */
import type { Epoch } from "./epochs.ts";
import { wrongAnswer } from "./failure.ts";
import { protect, type Sent, unprotect } from "./messages.ts";
import { equal, random, shown, utf8 } from "./octets.ts";
import { type Player, present, type Stage } from "./stage.ts";

const EXPORTED_LENGTH = 32;

export async function verify(stage: Stage): Promise<void> {
  for (const { epoch, members } of stage.epochs.live()) {
    await sameAuthenticator(stage, epoch, members);
    await sameExport(stage, members);
    await everyoneHeard(stage, members);
  }
}

async function sameAuthenticator(stage: Stage, epoch: Epoch, members: readonly string[]): Promise<void> {
  for (const actor of members) {
    const answer = await stage.callIfThere(actor, "StateAuth", { stateId: stage.state(actor) });
    if (answer === undefined) continue;
    const { stateAuthSecret: value } = answer;
    present(actor, "StateAuth", { "state authenticator": value });
    stage.agree(epoch, { actor, rpc: "StateAuth", value });
  }
}

async function sameExport(stage: Stage, members: readonly string[]): Promise<void> {
  const request = { label: "interop export", context: random(16), keyLength: EXPORTED_LENGTH };
  let first: { readonly actor: string; readonly secret: Uint8Array } | undefined;
  for (const actor of members) {
    const answer = await stage.callIfThere(actor, "Export", { stateId: stage.state(actor), ...request });
    if (answer === undefined) continue;
    const { exportedSecret: secret } = answer;
    if (secret.length !== EXPORTED_LENGTH) {
      throw wrongAnswer([actor], "Export", `${actor} exports ${secret.length} octets instead of ${EXPORTED_LENGTH}`);
    }
    first ??= { actor, secret };
    if (equal(first.secret, secret)) continue;
    const message = `${actor} exports ${shown(secret)}, ${first.actor} ${shown(first.secret)}`;
    throw wrongAnswer([first.actor, actor], "Export", message);
  }
}

async function everyoneHeard(stage: Stage, members: readonly string[]): Promise<void> {
  if (members.length < 2) return;
  for (const sender of members.filter((each) => stage.epochs.maySend(each))) {
    const content = { authenticatedData: utf8(`from ${sender}`), plaintext: utf8(`${sender} is still here`) };
    const sent = await protect(stage, sender, content);
    await everyoneReads(stage, members, sent);
  }
}

/** Clients read side by side, but none is asked two things at once: not every peer could bear it. */
async function everyoneReads(stage: Stage, members: readonly string[], sent: Sent): Promise<void> {
  const readers = new Map<Player, string[]>();
  for (const member of members.filter((each) => each !== sent.sender)) {
    const player = stage.player(member);
    readers.set(player, [...(readers.get(player) ?? []), member]);
  }
  const reading = [...readers.values()].map(async (actors) => {
    for (const actor of actors) await unprotect(stage, actor, sent);
  });
  const outcomes = await Promise.allSettled(reading);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
