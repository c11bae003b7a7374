/**
 * The vectors of RFC 9180 appendix A: key derivation, encapsulation, key schedule, encryptions and exports of base and
 * PSK mode. The authenticated modes, which MLS has no use for, must be refused.
 */

import { EMPTY, fromHex } from "../bytes.ts";
import type { Backend } from "../crypto/cipher-suite.ts";
import { UsageError } from "../errors.ts";
import { EXPORT_ONLY } from "../hpke/aead.ts";
import type { RecipientContext, SenderContext } from "../hpke/context.ts";
import {
  contextKeys,
  exporterSecret,
  type HpkeSuite,
  keySchedule,
  MODE,
  type Mode,
  type Psk,
} from "../hpke/key-schedule.ts";
import { open, seal, setupRecipient, setupSender } from "../hpke/single-shot.ts";
import { type CaseOutcome, expectBytes, expectSame, isListOf, type VectorCase, type VectorFamily } from "./family.ts";

interface Encryption {
  readonly pt: string;
  readonly aad: string;
  readonly nonce: string;
  readonly ct: string;
  readonly sequence_number: number;
}

interface Vector {
  readonly mode: Mode;
  readonly kem_id: number;
  readonly kdf_id: number;
  readonly aead_id: number;
  readonly info: string;
  readonly ikmE: string;
  readonly skEm: string;
  readonly pkEm: string;
  readonly ikmR: string;
  readonly skRm: string;
  readonly pkRm: string;
  readonly psk?: string;
  readonly psk_id?: string;
  readonly enc: string;
  readonly shared_secret: string;
  readonly key_schedule_context: string;
  readonly secret: string;
  readonly key: string;
  readonly base_nonce: string;
  readonly exporter_secret: string;
  readonly encryptions: readonly Encryption[];
  readonly exports: readonly { exporter_context: string; L: number; exported_value: string }[];
}

/** What the working group's post-quantum files of nearly the same shape do not have. */
const FIELDS = ["mode", "kem_id", "kdf_id", "aead_id", "skEm", "pkEm", "key_schedule_context", "secret"] as const;

export const hpke: VectorFamily = {
  name: "hpke",
  recognises: (file) => isListOf(file, ...FIELDS),
  *cases(file): Iterable<VectorCase> {
    for (const [index, vector] of (file as readonly Vector[]).entries()) {
      const { mode, kem_id, kdf_id, aead_id } = vector;
      yield {
        name: `${index} mode ${mode}, KEM ${kem_id}, KDF ${kdf_id}, AEAD ${aead_id}`,
        suite: undefined,
        run: ({ backend }) => runOn(vector, backend),
      };
    }
  },
};

async function runOn(vector: Vector, backend: Backend): Promise<CaseOutcome> {
  const suite = suiteOf(vector, backend);
  if (suite === undefined) return { notApplicable: "the backend lacks the KEM, KDF or AEAD" };
  if (vector.mode === MODE.auth || vector.mode === MODE.authPsk) {
    await expectRefusal(suite, vector);
    return { notApplicable: "authenticated modes are refused" };
  }
  await checkKem(suite, vector);
  checkKeySchedule(suite, vector);
  await checkContexts(suite, vector);
  if (suite.aead !== EXPORT_ONLY) await checkSingleShot(suite, vector);
  return "passed";
}

function suiteOf({ kem_id, kdf_id, aead_id }: Vector, backend: Backend): HpkeSuite | undefined {
  const kem = backend.kems.find(({ id }) => id === kem_id);
  const kdf = backend.kdfs.find(({ id }) => id === kdf_id);
  const aead = [...backend.aeads, EXPORT_ONLY].find(({ id }) => id === aead_id);
  return kem === undefined || kdf === undefined || aead === undefined ? undefined : { kem, kdf, aead };
}

async function expectRefusal(suite: HpkeSuite, vector: Vector): Promise<void> {
  const { mode, info, psk } = inputOf(vector);
  try {
    await setupSender(suite, fromHex(vector.pkRm), { mode, info, psk, random: () => fromHex(vector.ikmE) });
  } catch (error) {
    expectSame("refusal", error instanceof UsageError ? error.code : error, "hpke.mode_unsupported");
    return;
  }
  expectSame("refusal", "none", "hpke.mode_unsupported");
}

async function checkKem({ kem }: HpkeSuite, vector: Vector): Promise<void> {
  const recipient = await kem.deriveKeyPair(fromHex(vector.ikmR));
  expectBytes("skRm", recipient.privateKey, fromHex(vector.skRm));
  expectBytes("pkRm", recipient.publicKey, fromHex(vector.pkRm));
  const ephemeral = await kem.deriveKeyPair(fromHex(vector.ikmE));
  expectBytes("skEm", ephemeral.privateKey, fromHex(vector.skEm));
  expectBytes("pkEm", ephemeral.publicKey, fromHex(vector.pkEm));
  expectBytes("pkRm of skRm", await kem.publicKeyOf(fromHex(vector.skRm)), recipient.publicKey);

  const { enc, sharedSecret } = await kem.encap(fromHex(vector.pkRm), () => fromHex(vector.ikmE));
  expectBytes("enc", enc, fromHex(vector.enc));
  expectBytes("shared_secret", sharedSecret, fromHex(vector.shared_secret));
  expectBytes("shared_secret of Decap", await kem.decap(enc, fromHex(vector.skRm)), sharedSecret);
}

function checkKeySchedule(suite: HpkeSuite, vector: Vector): void {
  const schedule = keySchedule(suite, fromHex(vector.shared_secret), inputOf(vector));
  expectBytes("key_schedule_context", schedule.keyScheduleContext, fromHex(vector.key_schedule_context));
  expectBytes("secret", schedule.secret.bytes, fromHex(vector.secret));
  const { key, baseNonce } = contextKeys(suite, schedule);
  expectBytes("key", key.bytes, fromHex(vector.key));
  expectBytes("base_nonce", baseNonce.bytes, fromHex(vector.base_nonce));
  expectBytes("exporter_secret", exporterSecret(schedule).bytes, fromHex(vector.exporter_secret));
}

async function checkContexts(suite: HpkeSuite, vector: Vector): Promise<void> {
  const input = inputOf(vector);
  const random = () => fromHex(vector.ikmE);
  const sender = await setupSender(suite, fromHex(vector.pkRm), { ...input, random });
  const recipient = await setupRecipient(suite, { enc: sender.enc, privateKey: fromHex(vector.skRm) }, input);
  checkEncryptions(vector, sender, recipient);
  for (const { exporter_context, L, exported_value } of vector.exports) {
    for (const context of [sender, recipient]) {
      expectBytes("exported_value", context.export(fromHex(exporter_context), L), fromHex(exported_value));
    }
  }
}

/** The file skips sequence numbers, the contexts do not. */
function checkEncryptions({ encryptions }: Vector, sender: SenderContext, recipient: RecipientContext): void {
  let sequenceNumber = 0;
  for (const { sequence_number, pt, aad, ct } of encryptions) {
    for (; sequenceNumber < sequence_number; sequenceNumber++) recipient.open(EMPTY, sender.seal(EMPTY, EMPTY));
    const ciphertext = sender.seal(fromHex(aad), fromHex(pt));
    expectBytes(`ct ${sequence_number}`, ciphertext, fromHex(ct));
    expectBytes(`pt ${sequence_number}`, recipient.open(fromHex(aad), ciphertext), fromHex(pt));
    sequenceNumber++;
  }
}

async function checkSingleShot(suite: HpkeSuite, vector: Vector): Promise<void> {
  const first = vector.encryptions.find(({ sequence_number }) => sequence_number === 0);
  if (first === undefined) return;
  const input = { ...inputOf(vector), aad: fromHex(first.aad) };
  const plaintext = fromHex(first.pt);
  const sealed = await seal(suite, fromHex(vector.pkRm), { ...input, plaintext, random: () => fromHex(vector.ikmE) });
  expectBytes("enc of Seal", sealed.enc, fromHex(vector.enc));
  expectBytes("ct of Seal", sealed.ciphertext, fromHex(first.ct));
  expectBytes("pt of Open", await open(suite, fromHex(vector.skRm), { ...input, ...sealed }), plaintext);
}

function inputOf(vector: Vector): { mode: Mode; info: Uint8Array; psk: Psk | undefined } {
  const { mode, info, psk, psk_id } = vector;
  const given = psk === undefined || psk_id === undefined ? undefined : { psk: fromHex(psk), pskId: fromHex(psk_id) };
  return { mode, info: fromHex(info), psk: given };
}
