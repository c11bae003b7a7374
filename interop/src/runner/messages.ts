/** Application messages: sent, and compared with what arrives. */

import { wrongAnswer } from "./failure.ts";
import { equal, shown } from "./octets.ts";
import { present, type Stage } from "./stage.ts";

export interface Content {
  readonly authenticatedData: Uint8Array;
  readonly plaintext: Uint8Array;
}

export interface Sent extends Content {
  readonly sender: string;
  readonly ciphertext: Uint8Array;
}

export async function protect(stage: Stage, sender: string, content: Content): Promise<Sent> {
  const { ciphertext } = await stage.call(sender, "Protect", { stateId: stage.state(sender), ...content });
  present(sender, "Protect", { ciphertext });
  return { sender, ciphertext, ...content };
}

export async function unprotect(stage: Stage, receiver: string, sent: Sent): Promise<void> {
  const request = { stateId: stage.state(receiver), ciphertext: sent.ciphertext };
  const received = await stage.call(receiver, "Unprotect", request);
  const compare = (what: string, [got, meant]: readonly [Uint8Array, Uint8Array]) => {
    if (equal(got, meant)) return;
    const message = `${receiver} reads ${what} ${shown(got)}, where ${sent.sender} sent ${shown(meant)}`;
    throw wrongAnswer([sent.sender, receiver], "Unprotect", message);
  };
  compare("authenticated data", [received.authenticatedData, sent.authenticatedData]);
  compare("plaintext", [received.plaintext, sent.plaintext]);
}
