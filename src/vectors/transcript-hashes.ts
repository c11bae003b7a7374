/** The `transcript-hashes` vectors of the MLS working group: §8.2, one case per suite. */

import { fromHex } from "../bytes.ts";
import { decode } from "../codec/codec.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { confirmationTag, confirmedTranscriptHash, interimTranscriptHash } from "../schedule/transcript.ts";
import { AuthenticatedContent } from "../wire/framed-content.ts";
import { expectBytes, expectSame, isListOf, type VectorFamily } from "./family.ts";
import { secretOf, suiteCase } from "./suite-case.ts";

interface Vector {
  readonly cipher_suite: number;
  readonly confirmation_key: string;
  readonly authenticated_content: string;
  readonly interim_transcript_hash_before: string;
  readonly confirmed_transcript_hash_after: string;
  readonly interim_transcript_hash_after: string;
}

const FIELDS: readonly (keyof Vector)[] = [
  "cipher_suite",
  "confirmation_key",
  "authenticated_content",
  "interim_transcript_hash_before",
  "confirmed_transcript_hash_after",
  "interim_transcript_hash_after",
];

export const transcriptHashes: VectorFamily = {
  name: "transcript-hashes",
  recognises: (file) => isListOf(file, ...FIELDS),
  *cases(file) {
    for (const [index, vector] of (file as readonly Vector[]).entries()) {
      yield suiteCase(`${index}`, vector.cipher_suite, (suite) => check(suite, vector));
    }
  },
};

function check(suite: CipherSuite, vector: Vector): void {
  const { wireFormat, content, auth } = decode(AuthenticatedContent, fromHex(vector.authenticated_content));
  expectSame("content_type", content.contentType, "commit");
  const commit = { wireFormat, content, signature: auth.signature };
  const confirmed = confirmedTranscriptHash(suite, fromHex(vector.interim_transcript_hash_before), commit);
  expectBytes("confirmed_transcript_hash_after", confirmed, fromHex(vector.confirmed_transcript_hash_after));
  const tag = confirmationTag(suite, secretOf(vector.confirmation_key), confirmed);
  expectBytes("confirmation_tag", auth.confirmationTag ?? new Uint8Array(0), tag);
  const interim = interimTranscriptHash(suite, confirmed, tag);
  expectBytes("interim_transcript_hash_after", interim, fromHex(vector.interim_transcript_hash_after));
}
