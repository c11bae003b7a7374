/**
 * The best backend for where the program runs: `copath/backends/auto`. This is the one of browsers, workers and whatever
 * else is not Node, and a bundle for them holds no other: the package's exports lead Node to the file beside.
 */

import type { Backend } from "../../crypto/cipher-suite.ts";
import { webcrypto } from "../webcrypto/index.ts";

/** `node` in Node; elsewhere `webcrypto`, which falls back on JavaScript by itself. Its `name` says which. */
export const auto: Backend = webcrypto;
