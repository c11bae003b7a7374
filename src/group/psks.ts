/** §8.4: finding the pre-shared keys that a commit or a Welcome names. */

import { copy, equal } from "../bytes.ts";
import type { CipherSuite } from "../crypto/cipher-suite.ts";
import { InvalidError, StaleError } from "../errors.ts";
import { derivePskSecret } from "../schedule/psk.ts";
import { Secret } from "../secret.ts";
import type { PreSharedKeyID } from "../wire/pre-shared-key.ts";
import type { PskStore } from "./environment.ts";
import { type GroupState, groupIdOf, resumptionPsks } from "./state.ts";

export interface PskSources {
  readonly suite: CipherSuite;
  readonly psks: PskStore | undefined;
  /** The states whose own resumption PSKs may be named: of the group, or of the one that it continues. */
  readonly states: readonly GroupState[];
}

/** `count` in PSKLabel is a uint16. */
const MAX_PSKS = 0xffff;

/**
 * The `psk_secret` of a list of PSKs, in its order.
 *
 * @throws StaleError `psk.missing` if one is not at hand
 */
export async function pskSecretFor(sources: PskSources, ids: readonly PreSharedKeyID[]): Promise<Secret> {
  checkPskCount(ids);
  const found: Secret[] = [];
  try {
    for (const id of ids) found.push(await pskFor(sources, id));
    return derivePskSecret(
      sources.suite,
      ids.map((id, position) => ({ id, psk: found[position] as Secret })),
    );
  } finally {
    for (const psk of found) psk.dispose();
  }
}

/** §8.4: whether so many can make a `psk_secret`, asked before any is searched for. @throws InvalidError `proposals.limit` */
export function checkPskCount({ length }: readonly PreSharedKeyID[]): void {
  if (length > MAX_PSKS) throw new InvalidError("proposals.limit", { psks: length, limit: MAX_PSKS });
}

/** Whether a PSK is at hand. */
export async function hasPsk(sources: Omit<PskSources, "suite">, id: PreSharedKeyID): Promise<boolean> {
  return (await findPsk(sources, id)) !== undefined;
}

/** A copy of the PSK, the caller's to dispose of. */
async function pskFor(sources: PskSources, id: PreSharedKeyID): Promise<Secret> {
  const octets = await findPsk(sources, id);
  if (octets === undefined) throw new StaleError("psk.missing", { psktype: id.psktype });
  return Secret.copyOf(octets);
}

/** The octets belong to whoever has them. */
async function findPsk(
  { psks, states }: Omit<PskSources, "suite">,
  id: PreSharedKeyID,
): Promise<Uint8Array | undefined> {
  const octets =
    id.psktype === "external"
      ? await psks?.external?.(copy(id.pskId))
      : (ownResumptionPsk(states, id)?.bytes ?? (await psks?.resumption?.(copy(id.pskGroupId), id.pskEpoch)));
  // Stores of other making say null for what they do not have.
  return octets ?? undefined;
}

/** §8.6: the current epoch's or a retained one. */
function ownResumptionPsk(
  states: readonly GroupState[],
  { pskGroupId, pskEpoch }: { pskGroupId: Uint8Array; pskEpoch: bigint },
): Secret | undefined {
  const state = states.find((each) => equal(groupIdOf(each), pskGroupId));
  return state === undefined ? undefined : resumptionPsks(state).find(({ epoch }) => epoch === pskEpoch)?.psk;
}
