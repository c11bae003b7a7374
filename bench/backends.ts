/** Who computes, and which suites: by the names that the command takes. */

import type { Backend, CipherSuiteDefinition } from "copath/crypto";
import { MLS_128_DHKEMP256_AES128GCM_SHA256_P256 } from "copath/suites/mls-128-dhkemp256-aes128gcm-sha256-p256";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "copath/suites/mls-128-dhkemx25519-aes128gcm-sha256-ed25519";
import { MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519 } from "copath/suites/mls-128-dhkemx25519-chacha20poly1305-sha256-ed25519";
import { MLS_256_DHKEMP384_AES256GCM_SHA384_P384 } from "copath/suites/mls-256-dhkemp384-aes256gcm-sha384-p384";
import { MLS_256_DHKEMP521_AES256GCM_SHA512_P521 } from "copath/suites/mls-256-dhkemp521-aes256gcm-sha512-p521";
import { MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448 } from "copath/suites/mls-256-dhkemx448-aes256gcm-sha512-ed448";
import { MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448 } from "copath/suites/mls-256-dhkemx448-chacha20poly1305-sha512-ed448";
import type { Awaitable, Bare } from "./floor/bare.ts";

export interface BenchBackend {
  readonly name: string;
  readonly primitives: Backend;
  /** The same primitives with nothing around them. */
  bare(definition: CipherSuiteDefinition): Awaitable<Bare>;
}

export interface BenchSuite {
  readonly id: number;
  readonly definition: CipherSuiteDefinition;
}

export const SUITES: readonly BenchSuite[] = [
  MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
  MLS_128_DHKEMP256_AES128GCM_SHA256_P256,
  MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
  MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448,
  MLS_256_DHKEMP521_AES256GCM_SHA512_P521,
  MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448,
  MLS_256_DHKEMP384_AES256GCM_SHA384_P384,
].map((definition) => ({ id: definition.id, definition }));

export function suiteOf(id: number): BenchSuite {
  const suite = SUITES.find((each) => each.id === id);
  if (suite === undefined) throw new Error(`There is no suite ${id}.`);
  return suite;
}
