/** The backends of Node, the fastest first: it makes the groups. */

import { noble } from "copath/backends/noble";
import { node } from "copath/backends/node";
import { webcrypto } from "copath/backends/webcrypto";
import type { BenchBackend } from "./backends.ts";
import { bareNoble } from "./floor/bare-noble.ts";
import { bareNode } from "./floor/bare-node.ts";
import { bareWebcrypto } from "./floor/bare-webcrypto.ts";

export const NODE: BenchBackend = { name: "node", primitives: node, bare: bareNode };
export const NOBLE: BenchBackend = { name: "noble", primitives: noble, bare: bareNoble };
export const WEBCRYPTO: BenchBackend = { name: "webcrypto", primitives: webcrypto, bare: bareWebcrypto };

export const NODE_BACKENDS: readonly BenchBackend[] = [NODE, NOBLE, WEBCRYPTO];
