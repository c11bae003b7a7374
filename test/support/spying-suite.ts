/** A suite that counts what it derives and remembers where, so that a test can look for what should be gone. */
import { noble } from "../../src/backends/noble/index.ts";
import type { CipherSuite } from "../../src/crypto/cipher-suite.ts";
import type { Bytes } from "../../src/hpke/algorithms.ts";
import type { Secret } from "../../src/secret.ts";
import { suitesOf } from "./vector-run.ts";

export interface Spy {
  readonly suite: CipherSuite;
  /** Calls of the KDF and of HMAC so far. */
  readonly calls: () => number;
  /** What the KDF returned and nobody has wiped. */
  readonly alive: () => Bytes[];
}

/** The registered suite with this number, on noble. */
export function nobleSuite(id = 1): CipherSuite {
  const suite = suitesOf(noble)(id);
  if (suite === undefined) throw new Error(`noble lacks suite ${id}`);
  return suite;
}

/** The call with the number `failAt`, counted from 0, throws. */
export function spyOn(suite: CipherSuite, failAt = Number.POSITIVE_INFINITY): Spy {
  const returned: Bytes[] = [];
  let calls = 0;
  const count = () => {
    if (calls++ === failAt) throw new Error("the backend broke");
  };
  const note = (bytes: Bytes) => {
    returned.push(bytes);
    return bytes;
  };
  const kdf: CipherSuite["kdf"] = {
    ...suite.kdf,
    extract(salt, ikm) {
      count();
      return note(suite.kdf.extract(salt, ikm));
    },
    expand(prk, info, length) {
      count();
      return note(suite.kdf.expand(prk, info, length));
    },
  };
  const hash: CipherSuite["hash"] = {
    ...suite.hash,
    digest: (data) => suite.hash.digest(data),
    hmac(key, data) {
      count();
      return suite.hash.hmac(key, data);
    },
  };
  const alive = () => returned.filter((bytes) => bytes.some((octet) => octet !== 0));
  return { suite: { ...suite, kdf, hash }, calls: () => calls, alive };
}

/** The octets of secrets themselves, for comparison with `alive`. */
export function arraysOf(secrets: Iterable<Secret>): Bytes[] {
  return [...secrets].map((secret) => secret.bytes);
}
