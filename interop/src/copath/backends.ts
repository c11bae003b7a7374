/** The backends by the names of the command line. */

import { noble } from "copath/backends/noble";
import { node } from "copath/backends/node";
import { webcrypto } from "copath/backends/webcrypto";
import type { Backend } from "copath/crypto";

export const BACKENDS = { noble, node, webcrypto } as const satisfies Record<string, Backend>;
export type BackendName = keyof typeof BACKENDS;
export const isBackendName = (name: string): name is BackendName => Object.hasOwn(BACKENDS, name);
