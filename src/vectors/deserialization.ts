/** The `deserialization` vectors of the MLS working group: §2.1.2, one case per length header. */

import { fromHex } from "../bytes.ts";
import { DEFAULT_LIMITS, Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import { expectBytes, expectSame, isListOf, type VectorFamily } from "./family.ts";

interface Vector {
  readonly vlbytes_header: string;
  readonly length: number;
}

/** Bodies up to this length are made, to see that writing them gives the header back. */
const LARGEST_BODY = 2 ** 16;

export const deserialization: VectorFamily = {
  name: "deserialization",
  recognises: (file) => isListOf(file, "vlbytes_header", "length"),
  *cases(file) {
    for (const [index, vector] of (file as readonly Vector[]).entries()) {
      yield { name: `${index}`, suite: undefined, run: async () => checkHeader(vector) };
    }
  },
};

function checkHeader({ vlbytes_header, length }: Vector): "passed" {
  const header = fromHex(vlbytes_header);
  const reader = Reader.over(header, DEFAULT_LIMITS);
  expectSame("length", reader.varint(), length);
  reader.finish();
  if (length <= LARGEST_BODY) {
    const writer = new Writer();
    writer.opaque(new Uint8Array(length));
    expectBytes("vlbytes_header", writer.finish().subarray(0, writer.length - length), header);
  }
  return "passed";
}
