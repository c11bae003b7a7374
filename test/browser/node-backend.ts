/** Web Cryptography in the place of the backend of Node. */
import { webcrypto } from "../../src/backends/webcrypto/index.ts";
import type { Backend } from "../../src/crypto/cipher-suite.ts";

export const node: Backend = webcrypto;
