/** §17.1: all suites of the registry. For tools that take any number; an application names the suites that it uses. */

import type { CipherSuiteDefinition } from "../crypto/cipher-suite.ts";
import { MLS_128_DHKEMP256_AES128GCM_SHA256_P256 } from "./mls-128-dhkemp256-aes128gcm-sha256-p256.ts";
import { MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519 } from "./mls-128-dhkemx25519-aes128gcm-sha256-ed25519.ts";
import { MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519 } from "./mls-128-dhkemx25519-chacha20poly1305-sha256-ed25519.ts";
import { MLS_256_DHKEMP384_AES256GCM_SHA384_P384 } from "./mls-256-dhkemp384-aes256gcm-sha384-p384.ts";
import { MLS_256_DHKEMP521_AES256GCM_SHA512_P521 } from "./mls-256-dhkemp521-aes256gcm-sha512-p521.ts";
import { MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448 } from "./mls-256-dhkemx448-aes256gcm-sha512-ed448.ts";
import { MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448 } from "./mls-256-dhkemx448-chacha20poly1305-sha512-ed448.ts";

/** The seven suites of RFC 9420, in the order of their numbers. */
export const REGISTERED_SUITES: readonly CipherSuiteDefinition[] = [
  MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519,
  MLS_128_DHKEMP256_AES128GCM_SHA256_P256,
  MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
  MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448,
  MLS_256_DHKEMP521_AES256GCM_SHA512_P521,
  MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448,
  MLS_256_DHKEMP384_AES256GCM_SHA384_P384,
];
