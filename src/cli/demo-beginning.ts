/** The story's first half: how a group comes to be (§10, §11, §12.4.3.1), and how its members talk (§6, §9, §15). */

import { decode, encode } from "../codec/index.ts";
import {
  type KeyPackage,
  type KeyPackageBundle,
  MLSMessage,
  processMessage,
  protect,
  validateKeyPackage,
} from "../index.ts";
import { Mismatch } from "./demo-failure.ts";
import type { Person } from "./demo-person.ts";
import { octets, text } from "./demo-services.ts";
import type { Stage, Told } from "./demo-stage.ts";
import { count } from "./terminal.ts";

export async function keyPackages(stage: Stage): Promise<Told> {
  const alice = await stage.introduce("alice");
  const names = ["bob", "carol", "dave", "erin"];
  for (const name of names) {
    const published = stage.delivery.post(encoded(await (await stage.introduce(name)).makeKeyPackage()));
    await validateKeyPackage(alice.environment, keyPackageIn(published));
    stage.delivery.keep(`key package of ${name}`, published);
  }
  const mallory = await stage.stranger("bob", "mallory");
  const forged = stage.delivery.post(encoded(await mallory.makeKeyPackage()));
  const judged = validateKeyPackage(alice.environment, keyPackageIn(forged));
  const code = await stage.refused("credential.rejected", judged);
  return {
    what: `${names.join(", ")} publish theirs`,
    notes: [`${forged.length} octets each`, `mallory, as bob, is refused: ${code}`],
  };
}

export async function create(stage: Stage): Promise<Told> {
  const alice = stage.person("alice");
  await alice.found();
  stage.check("a group starts at epoch 0", alice.epoch === 0n);
  stage.admit(alice);
  return { what: "alice is alone", notes: [] };
}

export async function addSeveral(stage: Stage): Promise<Told> {
  const names = ["bob", "carol", "dave"];
  const { message, welcomes, added } = await stage.commit(stage.person("alice"), {
    proposals: names.map((name) => addOf(stage, name)),
  });
  stage.check("three leaves are added", added.join() === "1,2,3");
  const [welcome] = welcomes;
  if (welcome === undefined || welcomes.length > 1) throw new Mismatch("one Welcome is for all");
  for (const name of names) stage.delivery.keep(`Welcome of ${name}`, welcome);
  stage.delivery.post(welcome);
  return {
    what: `alice adds ${names.join(", ")} in one commit`,
    notes: [`commit ${message.length} octets`, `one Welcome for all, ${welcome.length} octets, with the tree`],
  };
}

export async function welcome(stage: Stage): Promise<Told> {
  const invited = ["bob", "carol", "dave"].map((name) => stage.person(name));
  for (const person of invited) await person.join(stage.delivery.collect(`Welcome of ${person.name}`));
  stage.admit(...invited);
  return { what: `${invited.map(({ name }) => name).join(", ")} join`, notes: [] };
}

/** An Add by value, of the key package that somebody has published. */
export function addOf(stage: Stage, name: string): { proposalType: "add"; keyPackage: KeyPackage } {
  const published = stage.delivery.collect(`key package of ${name}`);
  return { proposalType: "add", keyPackage: keyPackageIn(published) };
}

export async function messages(stage: Stage): Promise<Told> {
  const [alice, bob, dave] = [stage.person("alice"), stage.person("bob"), stage.person("dave")];
  const before = alice.state;
  const letters = await write(stage, 6);
  let late = 0;
  for (const reader of stage.members) {
    const order = stage.shuffled(letters.filter(({ from }) => from !== reader));
    for (const letter of order) await read(stage, reader, letter);
    late += outOfOrder(order);
  }
  stage.check("some messages came out of order", late > 0);

  const [first] = letters;
  if (first === undefined) throw new Mismatch("nobody wrote");
  const replay = await stage.refused("ratchet.generation_used", bob.receive(first.message));
  const twice = await stage.refused("state.spent", protect(alice.environment, before, octets("again")));
  const slow = stage.delivery.post(await dave.send("this one takes its time"));
  const flipped = await stage.refused("aead.open_failed", processMessage(bob.environment, bob.state, flip(slow)));
  stage.delivery.keep("late", slow);
  return {
    what: `${count(letters.length, "message")} to ${stage.members.size - 1} readers, ${late} out of order`,
    notes: [`a replay: ${replay}`, `a flipped bit: ${flipped}`, `sending twice from one state: ${twice}`],
  };
}

interface Letter {
  readonly from: Person;
  readonly generation: number;
  readonly words: string;
  readonly message: Uint8Array;
}

/** Everyone writes in turn. */
async function write(stage: Stage, rounds: number): Promise<Letter[]> {
  const letters: Letter[] = [];
  for (let generation = 0; generation < rounds; generation++) {
    for (const from of stage.members) {
      const words = `${from.name} says ${generation}`;
      letters.push({ from, generation, words, message: stage.delivery.post(await from.send(words)) });
    }
  }
  return letters;
}

async function read(stage: Stage, reader: Person, { from, generation, words, message }: Letter): Promise<void> {
  const received = await reader.receive(message);
  if (received.contentType !== "application") throw new Mismatch(`${reader.name} received no application message`);
  stage.check("the words arrive", text(received.applicationData) === words);
  stage.check("the sender is known", received.sender === from.state.self.leafIndex);
  stage.check("the generation is known", received.generation === generation);
}

/** How many letters come after a later one of the same sender. */
function outOfOrder(order: readonly Letter[]): number {
  const latest = new Map<Person, number>();
  let found = 0;
  for (const { from, generation } of order) {
    const seen = latest.get(from) ?? -1;
    if (generation < seen) found++;
    latest.set(from, Math.max(seen, generation));
  }
  return found;
}

function flip(message: Uint8Array): Uint8Array {
  return message.with(-1, (message.at(-1) ?? 0) ^ 1);
}

function encoded({ keyPackage }: KeyPackageBundle): Uint8Array {
  return encode(MLSMessage, { version: "mls10", wireFormat: "mls_key_package", keyPackage });
}

function keyPackageIn(bytes: Uint8Array): KeyPackage {
  const message = decode(MLSMessage, bytes);
  if (message.wireFormat !== "mls_key_package") throw new Mismatch("this is no key package");
  return message.keyPackage;
}
