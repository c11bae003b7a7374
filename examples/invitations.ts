/** A Welcome is looked into before it is accepted: some invitations are declined, one waits for a key that is missing. */
import assert from "node:assert/strict";
import {
  createCommit,
  createGroup,
  inspectWelcome,
  joinGroup,
  type KeyPackageBundle,
  type ProposalRequest,
} from "copath";
import { bytes, environment, keep, publish, register, text } from "./setup.ts";

/** What the application has in its store. */
const keys = new Map<string, Uint8Array>();
const bobsEnvironment = { ...environment, psks: { external: (pskId: Uint8Array) => keys.get(text(pskId)) } };

/** Somebody founds a group and invites Bob. */
async function invite(founder: string, bob: KeyPackageBundle, proposals: readonly ProposalRequest[] = []) {
  const group = await createGroup(environment, { ...(await register(founder)), groupId: bytes(`${founder}'s group`) });
  const add = { proposalType: "add", keyPackage: bob.keyPackage } as const;
  const founders = { ...environment, psks: { external: (pskId: Uint8Array) => bytes(`secret of ${text(pskId)}`) } };
  const { output } = await createCommit(founders, group, { proposals: [add, ...proposals] });
  const [welcome] = output.welcomes;
  assert(welcome !== undefined);
  return welcome;
}

/** Bob's rule: he goes where Alice is. A real application would show the roster and ask. */
async function consider(welcome: Uint8Array, bundle: KeyPackageBundle) {
  const { group, missing } = await inspectWelcome(bobsEnvironment, { welcome, keyPackages: [bundle] });
  if (group === undefined) return `${missing.length} key missing`;
  const names = group.roster?.map(({ leafNode: { credential } }) =>
    credential.credentialType === "basic" ? text(credential.identity) : "?",
  );
  // Nothing was kept and nothing was used up: declining is doing nothing.
  if (names?.includes("alice") !== true) return `declined: ${text(group.groupInfo.groupContext.groupId)}`;
  const bob = keep(await joinGroup(bobsEnvironment, { welcome, keyPackages: [bundle] }));
  return `joined at leaf ${bob.self.leafIndex}`;
}

const bundle = await publish("bob");
console.log(await consider(await invite("mallory", bundle), bundle)); // declined: mallory's group

const withKey = { proposalType: "psk", psk: { psktype: "external", pskId: bytes("second key") } } as const;
const later = await invite("alice", bundle, [withKey]);
console.log(await consider(later, bundle)); // 1 key missing
keys.set("second key", bytes("secret of second key"));
console.log(await consider(later, bundle)); // joined at leaf 1
