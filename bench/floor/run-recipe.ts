/**
 * A recipe, made ready to be run on bare primitives: keys, messages and ciphertexts are made beforehand, and what is
 * run is the primitives alone. Results go nowhere but into `sink`, so that no compiler can leave them out.
 */

import type { Awaitable, Bare } from "./bare.ts";
import { BareHpke, octetsOf } from "./bare-hpke.ts";
import type { Op, Recipe, Step } from "./recipe.ts";

/** Runs all steps once. */
export type RunRecipe = () => Awaitable<void>;

/** A floor in turns with its verb. */
export interface Floor {
  readonly name: string;
  readonly run: RunRecipe;
  /** Whether some of its primitives answer later. */
  readonly async: boolean;
}

export async function floorOf(bare: Bare, recipe: Recipe, name = "floor"): Promise<Floor> {
  const run = await prepareRecipe(bare, recipe);
  const first = run();
  await first;
  return { name, run, async: first instanceof Promise };
}

/** Octets that depend on all results. */
export const sink = { octets: 0 };

async function prepareRecipe(bare: Bare, recipe: Recipe): Promise<RunRecipe> {
  const runs: RunRecipe[] = [];
  const prepared: Prepared = { ...bare, hpke: new BareHpke(bare) };
  for (const step of recipe) if (step.times > 0) runs.push(await prepareStep(prepared, step));
  return () => inOrder(runs, 0);
}

/** Stays synchronous as long as the steps are. */
function inOrder(runs: readonly RunRecipe[], from: number): Awaitable<void> {
  for (let at = from; at < runs.length; at++) {
    const result = runs[at]?.();
    if (result instanceof Promise) return result.then(() => inOrder(runs, at + 1));
  }
}

async function prepareStep(bare: Prepared, step: Step): Promise<RunRecipe> {
  const { each, once } = await PREPARE[step.op](bare, "octets" in step ? step.octets : 0);
  return () => {
    if (once !== undefined) swallow(once());
    return repeated(each, step.times);
  };
}

/** What answers later runs at once: an engine may batch. */
function repeated(run: Run, times: number): Awaitable<void> {
  const later: Promise<void>[] = [];
  for (let i = 0; i < times; i++) {
    const result = run();
    if (result instanceof Promise) later.push(result.then(swallow));
    else swallow(result);
  }
  return later.length === 0 ? undefined : Promise.all(later).then(() => undefined);
}

function swallow(result: Uint8Array | boolean): void {
  if (result === false) throw new Error("A signature of the floor is not valid.");
  sink.octets ^= result === true ? 1 : (result[0] ?? 0);
}

type Run = () => Awaitable<Uint8Array | boolean>;

interface PreparedStep {
  readonly each: Run;
  /** Before the first of a run. */
  readonly once?: () => Uint8Array;
}

interface Prepared extends Bare {
  readonly hpke: BareHpke;
}

type Prepare = (bare: Prepared, octets: number) => Promise<PreparedStep>;

const NONCE = octetsOf(12);

const PREPARE: Readonly<Record<Op, Prepare>> = {
  async hash({ hash }, octets) {
    const data = octetsOf(octets);
    return { each: () => hash.digest(data) };
  },
  async mac({ hash }) {
    const data = octetsOf(hash.length);
    return { each: () => hash.hmac(data, data) };
  },
  async extract({ hash }, octets) {
    const [salt, ikm] = [octetsOf(hash.length), octetsOf(octets)];
    return { each: () => hash.hmac(salt, ikm) };
  },
  async expand({ hash }, octets) {
    // RFC 5869: the one block is an HMAC of the info and an octet.
    const [prk, info] = [octetsOf(hash.length), octetsOf(octets + 1)];
    return { each: () => hash.hmac(prk, info) };
  },
  async derive({ hpke }) {
    return {
      each() {
        const pair = hpke.derive();
        return pair instanceof Promise ? pair.then(({ publicKey }) => publicKey) : pair.publicKey;
      },
    };
  },
  async seal({ hpke, curve, hash }, octets) {
    const { publicKey } = await curve.keyPair(octetsOf(curve.Nsk));
    const [info, plaintext] = [octetsOf(octets), octetsOf(hash.length)];
    return { once: () => hpke.infoHash(info), each: () => hpke.seal(publicKey, plaintext) };
  },
  async open({ hpke, curve, aead, hash }, octets) {
    const { privateKey, publicKey } = await curve.keyPair(octetsOf(curve.Nsk));
    const ephemeral = await curve.keyPair(octetsOf(curve.Nsk).reverse());
    const { key, nonce } = hpke.keys(await curve.agree(ephemeral.privateKey, publicKey));
    const ciphertext = await aead.seal(key, nonce, octetsOf(hash.length));
    const info = octetsOf(octets);
    return {
      once: () => hpke.infoHash(info),
      each: () => hpke.open(privateKey, ephemeral.publicKey, ciphertext),
    };
  },
  async export({ hpke, curve }) {
    const { publicKey } = await curve.keyPair(octetsOf(curve.Nsk));
    return { each: () => hpke.exported(publicKey) };
  },
  async sign({ signature }, octets) {
    const { privateKey } = await signature.keyPair(octetsOf(signature.Nsk));
    const message = octetsOf(octets);
    return { each: () => signature.sign(privateKey, message) };
  },
  async verify({ signature }, octets) {
    const { privateKey, publicKey } = await signature.keyPair(octetsOf(signature.Nsk));
    const message = octetsOf(octets);
    const signed = await signature.sign(privateKey, message);
    return { each: () => signature.verify(publicKey, message, signed) };
  },
  async aeadSeal({ aead }, octets) {
    const [key, plaintext] = [octetsOf(aead.Nk), octetsOf(octets)];
    return { each: () => aead.seal(key, NONCE, plaintext) };
  },
  async aeadOpen({ aead }, octets) {
    const key = octetsOf(aead.Nk);
    const ciphertext = await aead.seal(key, NONCE, octetsOf(octets));
    return { each: () => aead.open(key, NONCE, ciphertext) };
  },
};
