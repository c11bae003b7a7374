/** §7.2: what a client of this library says of itself in its leaf, unless the application says more. */

import type { CipherSuite } from "../crypto/cipher-suite.ts";
import type { Capabilities, Lifetime } from "../wire/leaf-node.ts";
import { type Clock, nowOf } from "./environment.ts";
import { type Registrations, registryOf } from "./registrations.ts";

/** MLS 1.0, the suite at hand, basic and X.509 credentials, and what is registered. */
export function defaultCapabilities(suite: CipherSuite, registrations: Registrations = {}): Capabilities {
  const { proposals, credentials, extensions } = registryOf({ registrations });
  return {
    versions: ["mls10"],
    cipherSuites: [suite.id],
    extensions: [...extensions.keys()],
    proposals: [...proposals.keys()],
    credentials: ["basic", "x509", ...credentials.keys()],
  };
}

const DAY = 86_400n;

/** From one hour ago, for clocks that run late, to 90 days ahead. */
export function defaultLifetime(clock: Clock): Lifetime {
  const now = nowOf({ clock });
  const anHour = 3_600n;
  return { notBefore: now > anHour ? now - anHour : 0n, notAfter: now + 90n * DAY };
}
