/**
 * A thread that has signature keys and gives none away: for each port it makes a key, tells the public half, and signs
 * what is asked for there, unless it was told to refuse. What starts the thread is the platform's affair.
 */
import { noble } from "../../src/backends/noble/index.ts";
import { cipherSuite } from "../../src/crypto/cipher-suite.ts";
import { generateSigner } from "../../src/crypto/signer.ts";
import { REGISTERED_SUITES } from "../../src/suites/registry.ts";

/** What asks for a key; the answer is its public half. */
export interface KeyRequest {
  readonly suite: number;
  readonly port: MessagePort;
}

/** What asks for a signature, or changes whether there will be any. */
export type HolderRequest = { readonly id: number; readonly message: Uint8Array } | { readonly willing: boolean };

export type HolderAnswer =
  | { readonly publicKey: Uint8Array }
  | { readonly id: number; readonly signature: Uint8Array }
  | { readonly id: number; readonly refusal: string };

export async function holdKey({ suite: id, port }: KeyRequest): Promise<void> {
  const definition = REGISTERED_SUITES.find((each) => each.id === id);
  if (definition === undefined) throw new Error(`no suite ${id}`);
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const { publicKey, sign } = await generateSigner(cipherSuite(definition, noble), random);
  const answer = (value: HolderAnswer) => port.postMessage(value);
  let willing = true;
  port.onmessage = async ({ data }: MessageEvent<HolderRequest>) => {
    if ("willing" in data) willing = data.willing;
    else if (willing) answer({ id: data.id, signature: await sign(data.message) });
    else answer({ id: data.id, refusal: "the owner of the key says no" });
  };
  answer({ publicKey });
}
