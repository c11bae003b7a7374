/** The `psk_secret` vectors of the MLS working group: §8.4, one case per list of PSKs. */

import { fromHex } from "../bytes.ts";
import { derivePskSecret } from "../schedule/psk.ts";
import { isListOf, type VectorFamily } from "./family.ts";
import { expectSecret, secretOf, suiteCase } from "./suite-case.ts";

interface Vector {
  readonly cipher_suite: number;
  readonly psks: readonly { readonly psk_id: string; readonly psk: string; readonly psk_nonce: string }[];
  readonly psk_secret: string;
}

export const pskSecret: VectorFamily = {
  name: "psk-secret",
  recognises: (file) => isListOf(file, "cipher_suite", "psks", "psk_secret"),
  *cases(file) {
    for (const [index, { cipher_suite, psks, psk_secret }] of (file as readonly Vector[]).entries()) {
      yield suiteCase(`${index}: ${psks.length} PSKs`, cipher_suite, (suite) => {
        const named = psks.map(({ psk_id, psk, psk_nonce }) => ({
          id: { psktype: "external", pskId: fromHex(psk_id), pskNonce: fromHex(psk_nonce) } as const,
          psk: secretOf(psk),
        }));
        expectSecret("psk_secret", derivePskSecret(suite, named), psk_secret);
      });
    }
  },
};
