/** The story's second half: how a group heals, settles races, loses and wins members, and is bound to secrets. */

import { encode } from "../codec/index.ts";
import {
  createGroupInfo,
  dropCommit,
  type GroupState,
  groupInfoIn,
  joinExternally,
  MLSMessage,
  processMessage,
} from "../index.ts";
import { leafIndex, toNodeIndex } from "../tree/index.ts";
import { addOf } from "./demo-beginning.ts";
import { Mismatch } from "./demo-failure.ts";
import { hex, octets, text } from "./demo-services.ts";
import type { Stage, Told } from "./demo-stage.ts";

/** §12.1.2: a member proposes a new key for itself, and another one commits to it. */
export async function updateByReference(stage: Stage): Promise<Told> {
  const [alice, bob, carol] = [stage.person("alice"), stage.person("bob"), stage.person("carol")];
  const proposed = stage.delivery.post((await bob.propose({ proposalType: "update" })).message);
  for (const member of stage.others(bob)) await member.receive(proposed);
  await stage.refused("state.proposals_pending", alice.send("not now"));
  const thief = withOldLeafKey(bob.state);
  const { message } = await stage.commit(carol);
  stage.check("the proposal is used up", bob.state.proposals.size === 0 && bob.state.pendingUpdates.size === 0);

  const late = await bob.receive(stage.delivery.collect("late"));
  stage.check("a late message of the epoch before opens", late.epoch === bob.epoch - 1n);
  const code = await stage.refused("hpke.open_failed", processMessage(bob.environment, thief, message));
  return {
    what: "bob proposes, carol commits",
    notes: ["dave's late message of the epoch before opens", `a copy of bob's old key: ${code}`],
  };
}

/** Everything of a member but the new key that its Update made: the old one takes its place. */
function withOldLeafKey(state: GroupState): GroupState {
  const oldKey = state.self.privateKeys.get(toNodeIndex(state.self.leafIndex));
  if (oldKey === undefined) throw new Mismatch("a member has no key");
  const pendingUpdates = [...state.pendingUpdates].map(([reference, update]) => {
    return [reference, { ...update, privateKey: oldKey }] as const;
  });
  return { ...state, pendingUpdates: new Map(pendingUpdates) };
}

/** §12.4: a commit with a path replaces all keys of the committer, here the signature key too. */
export async function rotate(stage: Stage): Promise<Told> {
  const [alice, carol] = [stage.person("alice"), stage.person("carol")];
  const thief = carol.state;
  const signer = await carol.makeSigner();
  stage.directory.enrol(carol.name, signer.publicKey);
  const { message } = await stage.commit(carol, { forcePath: true, leaf: { signer } });
  const news = stage.delivery.post(await alice.send("carol's old keys are worth nothing now"));
  for (const member of stage.others(alice)) await member.receive(news);

  const behind = await stage.refused("epoch.future", processMessage(carol.environment, thief, news));
  const asAlice: GroupState = { ...thief, self: { ...thief.self, leafIndex: leafIndex(0) } };
  const locked = await stage.refused("path.no_private_key", processMessage(carol.environment, asAlice, message));
  return {
    what: "carol's keys are stolen, carol commits a path",
    notes: [`the stolen state stays behind: ${behind}`, `the stolen keys don't open the path: ${locked}`],
  };
}

/** §14: two commits in one epoch, of which the delivery service accepts the first; the other is made again. */
export async function race(stage: Stage): Promise<Told> {
  const [alice, bob] = [stage.person("alice"), stage.person("bob")];
  const [dave, erin] = [stage.person("dave"), stage.person("erin")];
  const add = addOf(stage, "erin");
  const quick = await bob.commit({ forcePath: true });
  const slow = await dave.commit({ proposals: [add] });
  stage.check("both commits are of one epoch", bob.epoch === dave.epoch);
  stage.check("bob's commit is accepted", stage.delivery.offer(quick.message));
  stage.check("dave's commit is not", !stage.delivery.offer(slow.message));

  bob.accept(quick.pending);
  dropCommit(slow.pending);
  await stage.deliver(quick.message, stage.others(bob));
  const code = await stage.refused("epoch.past", alice.receive(slow.message));
  await stage.refused(
    "state.not_pending",
    Promise.resolve().then(() => dave.accept(slow.pending)),
  );

  const rebased = await stage.commit(dave, { proposals: [add] });
  for (const welcome of rebased.welcomes) await erin.join(stage.delivery.post(welcome));
  stage.admit(erin);
  return {
    what: "bob and dave at once: bob wins, dave rebases",
    notes: [`the losing commit: ${code}`, "erin joins by the rebased one"],
  };
}

export async function remove(stage: Stage): Promise<Told> {
  const [alice, dave] = [stage.person("alice"), stage.person("dave")];
  await stage.commit(alice, { proposals: [{ proposalType: "remove", removed: dave.state.self.leafIndex }] });
  stage.check("dave is out", !stage.members.has(dave) && dave.state.closed?.reason === "removed");
  const news = stage.delivery.post(await alice.send("dave is gone"));
  for (const member of stage.others(alice)) await member.receive(news);
  const deaf = await stage.refused("epoch.future", dave.receive(news));
  const mute = await stage.refused("state.removed", dave.send("hello?"));
  return { what: "alice removes dave", notes: [`dave can't read: ${deaf}`, `dave can't send: ${mute}`] };
}

/** §12.4.3.2: who has no Welcome joins from a GroupInfo. */
export async function joinFromOutside(stage: Stage): Promise<Told> {
  const [alice, dave, frank] = [stage.person("alice"), stage.person("dave"), await stage.introduce("frank")];
  const groupInfo = await createGroupInfo(alice.environment, alice.state);
  const published = stage.delivery.post(
    encode(MLSMessage, { version: "mls10", wireFormat: "mls_group_info", groupInfo }),
  );
  const terms = { ...frank.identity, groupInfo: groupInfoIn(published) };
  const { message, pending } = await joinExternally(frank.environment, terms);
  stage.check("frank's commit is accepted", stage.delivery.offer(message));
  frank.enter(pending);
  await stage.deliver(message, stage.others());
  stage.admit(frank);
  stage.check("frank has dave's old place", frank.state.self.leafIndex === dave.state.self.leafIndex);

  const hello = stage.delivery.post(await frank.send("hello"));
  for (const member of stage.others(frank)) {
    const received = await member.receive(hello);
    if (received.contentType !== "application") throw new Mismatch("frank sent no application message");
    stage.check("everyone reads frank", text(received.applicationData) === "hello");
  }
  return {
    what: "frank joins from outside",
    notes: ["in dave's old place", `GroupInfo ${published.length} octets`, `external commit ${message.length} octets`],
  };
}

/** §8.4: the next epoch needs a key that travels elsewhere. */
export async function externalPsk(stage: Stage): Promise<Told> {
  const [bob, frank] = [stage.person("bob"), stage.person("frank")];
  const pskId = octets("said over coffee");
  const psk = stage.secretOctets();
  for (const member of stage.others(frank)) member.psks.set(hex(pskId), psk);
  const { message } = await stage.publish(bob, {
    proposals: [{ proposalType: "psk", psk: { psktype: "external", pskId } }],
  });
  const code = await stage.refused("psk.missing", frank.receive(message));
  frank.psks.set(hex(pskId), psk);
  await stage.deliver(message, stage.others(bob));
  return {
    what: "bob binds the epoch to an external PSK",
    notes: [`frank, who was not told it: ${code}`, "told, frank follows"],
  };
}

/** §8.6: the next epoch needs a key that only those have who were in a past one. */
export async function resumptionPsk(stage: Stage): Promise<Told> {
  const carol = stage.person("carol");
  const pskEpoch = carol.epoch - 1n;
  await stage.commit(carol, { proposals: [{ proposalType: "psk", psk: { psktype: "resumption", pskEpoch } }] });
  return {
    what: `carol binds the next one to epoch ${pskEpoch}`,
    notes: ["whoever was there has that epoch's resumption PSK"],
  };
}
