/** §7.2: what a client of this library says of itself in its leaf, unless the application says more. */

import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { UsageError } from "../errors.ts";
import type { Capabilities, Lifetime } from "../wire/leaf-node.ts";
import { isGrease } from "../wire/registries.ts";
import { type Clock, type Environment, nowOf, policyOf } from "./environment.ts";
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

/**
 * §13.4: who advertises something supports it. What counts as supported are the registrations, the suite at hand, and the
 * suites that the policy would re-initialise to; GREASE is left alone. Types of extensions are not judged: their octets
 * reach the application, registered or not.
 *
 * @throws UsageError `capabilities.unsupported`
 */
export function requireSupported(environment: Environment, claimed: Capabilities): void {
  const { proposals, credentials } = registryOf(environment);
  const { reInitSuites } = policyOf(environment);
  const isSuite = (id: number) =>
    id === environment.suite.id || reInitSuites === undefined || reInitSuites.includes(id);
  const foreign = [
    ...claimed.versions.filter((version) => version !== "mls10").map((type) => ({ list: "versions", type })),
    ...claimed.cipherSuites.filter((id) => !isSuite(id)).map((type) => ({ list: "cipher_suites", type })),
    ...claimed.proposals.filter(isUnknownIn(proposals)).map((type) => ({ list: "proposals", type })),
    ...claimed.credentials.filter(isUnknownIn(credentials)).map((type) => ({ list: "credentials", type })),
  ].find(({ type }) => !isGrease(type));
  if (foreign !== undefined) throw new UsageError("capabilities.unsupported", foreign);
}

function isUnknownIn(registered: ReadonlyMap<number, unknown>): (type: string | number) => boolean {
  return (type) => typeof type === "number" && !registered.has(type);
}

const DAY = 86_400n;

/** From one hour ago, for clocks that run late, to 90 days ahead. */
export function defaultLifetime(clock: Clock): Lifetime {
  const now = nowOf({ clock });
  const anHour = 3_600n;
  return { notBefore: now > anHour ? now - anHour : 0n, notAfter: now + 90n * DAY };
}
