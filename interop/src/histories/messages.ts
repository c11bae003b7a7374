/** Application messages (§15): sent in any epoch of a member, delivered in any order, and late as long as keys are kept. */
import type { History, Membership, Message } from "./group.ts";

/** Who gets a message: in large groups not everybody, else nothing but messages would happen. */
const RECEIVERS = 5;

const TEXTS = ["", "hello", "the quick brown fox", "žluťoučký kůň", "x".repeat(300)];

export function sendSome(history: History): void {
  const { choice, rates } = history;
  if (!choice.chance(rates.messages)) return;
  const able = choice.shuffled(history.members()).filter((member) => !member.observed && !member.pending);
  for (const member of able.slice(0, 1 + choice.below(3))) {
    for (let count = 1 + choice.below(3); count > 0; count--) send(history, member);
  }
}

export function send(history: History, { name, epoch }: Membership): void {
  const { choice } = history;
  const step = history.write({
    action: "protect",
    actor: name,
    authenticatedData: choice.one(TEXTS) ?? "",
    plaintext: `${choice.one(TEXTS) ?? ""} ${history.steps.length}`,
  });
  const roster = history.rosters.get(epoch) ?? [];
  const receivers = choice.shuffled(roster.filter((each) => each.name !== name && each.stay !== "replaced"));
  history.messages.push({ step, epoch, waiting: new Set(receivers.slice(0, RECEIVERS)) });
}

/** Delivers what is waiting: all that would come too late after this epoch, and of the rest what the dice say. */
export function deliverSome(history: History): void {
  const { choice, rates } = history;
  for (const message of choice.shuffled(history.messages)) {
    for (const receiver of choice.shuffled([...message.waiting])) {
      if (!opens(history, receiver, message)) continue;
      const last = receiver.epoch - message.epoch === history.lateEpochs;
      if (last || !choice.chance(rates.lateMessages)) deliver(history, receiver, message);
    }
  }
  history.messages = history.messages.filter(({ waiting }) => waiting.size > 0);
}

/** Delivers all that can be delivered now. */
export function deliverAll(history: History): void {
  for (const message of history.choice.shuffled(history.messages)) {
    for (const receiver of message.waiting) if (opens(history, receiver, message)) deliver(history, receiver, message);
  }
}

/** What waits for this member and would be too late once it reaches `epoch`, is delivered before. */
export function deliverBefore(history: History, receiver: Membership, epoch: number): void {
  for (const message of history.choice.shuffled(history.messages)) {
    const late = epoch - message.epoch > history.lateEpochs;
    if (late && message.waiting.has(receiver) && opens(history, receiver, message)) deliver(history, receiver, message);
  }
}

function opens(history: History, receiver: Membership, { epoch }: Message): boolean {
  const age = receiver.epoch - epoch;
  return receiver.stay !== "replaced" && receiver.joined <= epoch && age >= 0 && age <= history.lateEpochs;
}

function deliver(history: History, receiver: Membership, message: Message): void {
  history.write({ action: "unprotect", actor: receiver.name, ciphertext: message.step });
  message.waiting.delete(receiver);
}
