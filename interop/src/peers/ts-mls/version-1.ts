/** ts-mls 1.x, by its README and its types: what it exports, at the door and by file. */
import {
  acceptAll,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  createProposal,
  defaultCapabilities,
  encodeExternalSender,
  generateKeyPackage,
  type IncomingMessageCallback,
  joinGroup,
  joinGroupExternal,
  joinGroupFromBranch,
  joinGroupFromReinit,
  mlsExporter,
  type Proposal,
  processPrivateMessage,
  processPublicMessage,
  proposeAddExternal,
  proposeExternal,
} from "ts-mls";
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { CallError } from "../../interface/client.ts";
import type { CommitOptions, Engine, Psks, Sight, SubgroupOptions } from "./engine.ts";
import { base64 } from "./octets.ts";
import { afterSending, followingOwnUpdate, signedUpdate } from "./version-1-gaps.ts";
import { groupInfoForSigners, groupInfoOf, importingExternalPub } from "./version-1-mended.ts";
import {
  type Bundle,
  CONFIG,
  decoded,
  extensionsIn,
  extensionsOut,
  groupInfoIn,
  keyPackageIn,
  leafIn,
  messageIn,
  proposalOf,
  pskIndex,
  resumption,
  SUITES,
  suite,
  suiteId,
  suiteOfState,
  treeIn,
  wrapped,
} from "./version-1-values.ts";

const DAY = 86_400n;

export const version1: Engine<ClientState, Bundle> = {
  name: "ts-mls 1",
  suites: SUITES,

  keyPackage: async (cipherSuite, identity) => {
    const now = BigInt(Math.floor(Date.now() / 1000));
    const lifetime = { notBefore: now - DAY, notAfter: now + 28n * DAY };
    const credential = { credentialType: "basic", identity } as const;
    return generateKeyPackage(credential, defaultCapabilities(), lifetime, [], await suite(cipherSuite));
  },
  octetsOf: ({ publicPackage, privatePackage }) => ({
    keyPackage: wrapped({ wireformat: "mls_key_package", keyPackage: publicPackage }),
    initPriv: privatePackage.initPrivateKey,
    encryptionPriv: privatePackage.hpkePrivateKey,
    signaturePriv: privatePackage.signaturePrivateKey,
  }),
  suiteOf: (outside) => suiteId(groupInfoIn(outside).groupContext.cipherSuite),
  groupIdOf: (outside) => groupInfoIn(outside).groupContext.groupId,
  leafOf: (of, identity) => leafIn(("secretTree" in of ? of.ratchetTree : treeIn(of)) ?? [], identity),
  sight,

  createGroup: async ({ publicPackage, privatePackage }, groupId) => {
    const cs = await suite(suiteId(publicPackage.cipherSuite));
    return createGroup(groupId, publicPackage, privatePackage, [], cs, CONFIG);
  },
  join: async ({ publicPackage, privatePackage }, { welcome, ratchetTree, psks }) => {
    const { welcome: invitation } = messageIn(welcome, "mls_welcome");
    const cs = await suite(suiteId(publicPackage.cipherSuite));
    const tree = optionalTree(ratchetTree);
    return joinGroup(invitation, publicPackage, privatePackage, pskIndex(psks), cs, tree, undefined, CONFIG);
  },
  joinSubgroup: async ({ publicPackage, privatePackage }, { welcome, ratchetTree }, { from, usage }) => {
    const { welcome: invitation } = messageIn(welcome, "mls_welcome");
    const tree = optionalTree(ratchetTree);
    const joined =
      usage === "reinit"
        ? await joinGroupFromReinit(from, invitation, publicPackage, privatePackage, tree)
        : await joinGroupFromBranch(from, invitation, publicPackage, privatePackage, tree, await suiteOfState(from));
    return { ...joined, clientConfig: CONFIG };
  },
  joinExternally: async ({ publicPackage, privatePackage }, outside, removePrior) => {
    const cs = await suite(suiteId(publicPackage.cipherSuite));
    const groupInfo = groupInfoIn(outside);
    const tree = optionalTree(outside.ratchetTree);
    const { newState, publicMessage } = await joinGroupExternal(
      groupInfo,
      publicPackage,
      privatePackage,
      removePrior,
      importingExternalPub(cs),
      tree,
      CONFIG,
    );
    return { state: newState, commit: wrapped({ wireformat: "mls_public_message", publicMessage }) };
  },
  createSubgroup,

  groupInfo: async (state, inlineTree) => {
    const groupInfo = await groupInfoOf(state, inlineTree, await suiteOfState(state));
    return wrapped({ wireformat: "mls_group_info", groupInfo });
  },
  ratchetTree: (state) => encodeRatchetTree(state.ratchetTree),
  exportSecret: async (state, label, context, length) =>
    mlsExporter(state.keySchedule.exporterSecret, label, context, length, await suiteOfState(state)),

  protect: async (state, plaintext, aad) => {
    const cs = await suiteOfState(state);
    const { newState, privateMessage } = await createApplicationMessage(state, plaintext, cs, aad);
    return { state: newState, message: wrapped({ wireformat: "mls_private_message", privateMessage }) };
  },
  process: async (state, octets, psks, updates) => {
    const cs = await suiteOfState(state);
    const message = messageIn(octets, "mls_private_message", "mls_public_message");
    const process = (from: ClientState, callback: IncomingMessageCallback) => {
      // Not `processMessage`, which loses the PSKs on the way to a private one.
      if (message.wireformat === "mls_private_message")
        return processPrivateMessage(from, message.privateMessage, pskIndex(psks), cs, callback);
      return processPublicMessage(from, message.publicMessage, pskIndex(psks), cs, callback);
    };
    const keyed = await followingOwnUpdate(state, updates, (callback) => process(state, callback));
    const result = await process(keyed, acceptAll);
    if (!("message" in result)) return { kind: "handshake", state: result.newState };
    const aad =
      message.wireformat === "mls_private_message" ? message.privateMessage.authenticatedData : new Uint8Array();
    return { kind: "application", state: result.newState, data: result.message, aad };
  },

  propose: async (state, wanted, encrypted) => {
    const cs = await suiteOfState(state);
    const { newState, message } = await createProposal(state, !encrypted, proposalOf(wanted, cs), cs);
    return { proposal: wrapped(message), state: newState };
  },
  update: async (state, encrypted) => {
    const cs = await suiteOfState(state);
    const { leafNode, privateKey } = await signedUpdate(state, cs);
    const proposal = { proposalType: "update", update: { leafNode } } as const;
    const { newState, message } = await createProposal(state, !encrypted, proposal, cs);
    return { proposal: wrapped(message), state: newState, key: [base64(leafNode.hpkePublicKey), privateKey] };
  },
  commit,

  proposeSelf: async ({ publicPackage, privatePackage }, outside) => {
    const cs = await suite(suiteId(publicPackage.cipherSuite));
    return wrapped(await proposeAddExternal(groupInfoIn(outside), publicPackage, privatePackage, cs));
  },
  signer: async (cipherSuite) => (await suite(cipherSuite)).signature.keygen(),
  externalSender: ({ publicKey }, identity) =>
    encodeExternalSender({ signaturePublicKey: publicKey, credential: { credentialType: "basic", identity } }),
  proposeExternally: async ({ publicKey, signKey }, outside, wanted) => {
    const groupInfo = groupInfoIn(outside);
    const cs = await suite(suiteId(groupInfo.groupContext.cipherSuite));
    const proposal = proposalOf(wanted, cs);
    return wrapped(await proposeExternal(groupInfoForSigners(groupInfo), proposal, publicKey, signKey, cs));
  },
};

const optionalTree = (octets: Uint8Array | undefined) =>
  octets === undefined ? undefined : decoded(decodeRatchetTree, octets);

function sight({ groupContext, groupActiveState: active, keySchedule, unappliedProposals }: ClientState): Sight {
  const { groupId, epoch, extensions } = groupContext;
  const reinit = active.kind === "suspendedPendingReinit" ? active.reinit : undefined;
  return {
    cipherSuite: suiteId(groupContext.cipherSuite),
    groupId,
    epoch,
    extensions: extensionsOut(extensions),
    epochAuthenticator: keySchedule.epochAuthenticator,
    resumptionPsk: keySchedule.resumptionPsk,
    removed: active.kind === "removedFromGroup",
    succession:
      reinit === undefined
        ? undefined
        : {
            groupId: reinit.groupId,
            cipherSuite: suiteId(reinit.cipherSuite),
            extensions: extensionsOut(reinit.extensions),
          },
    waiting: Object.keys(unappliedProposals),
  };
}

const NO_FORCED_PATH = () => new CallError("UNIMPLEMENTED", "ts-mls makes no path for proposals that need none");
const PATHLESS: readonly (string | number)[] = ["add", "psk", "reinit"];
const isPathless = ({ proposalType }: Proposal) => PATHLESS.includes(proposalType);

/** A commit takes all proposals that wait, so the others are left out of what waits. */
async function commit(state: ClientState, options: CommitOptions) {
  const cs = await suiteOfState(state);
  const waiting = Object.entries(state.unappliedProposals).filter(([ref]) => options.references.includes(ref));
  const byValue = options.byValue.map((wanted) => proposalOf(wanted, cs));
  const proposals = [...waiting.map(([, { proposal }]) => proposal), ...byValue];
  if (options.forcePath && proposals.length > 0 && proposals.every(isPathless)) throw NO_FORCED_PATH();
  const { newState, welcome, commit } = await createCommit(
    {
      state: { ...state, unappliedProposals: Object.fromEntries(waiting) },
      cipherSuite: cs,
      pskIndex: pskIndex(options.psks),
    },
    { wireAsPublicMessage: !options.encrypted, extraProposals: byValue, ratchetTreeExtension: options.inlineTree },
  );
  return {
    commit: wrapped(commit),
    welcome: welcome === undefined ? undefined : wrapped({ wireformat: "mls_welcome", welcome }),
    next: newState,
    current: options.encrypted ? await afterSending(state, cs) : state,
  };
}

/** Its own functions for this put the tree where they like, and take no extensions: so it is a group, and a first commit. */
async function createSubgroup(bundle: Bundle, options: SubgroupOptions<ClientState>) {
  const { from, usage, succession, keyPackages, forcePath, inlineTree } = options;
  if (forcePath) throw NO_FORCED_PATH();
  const { publicPackage, privatePackage } = bundle;
  const cs = await suite(succession.cipherSuite);
  const extensions = extensionsIn(succession.extensions);
  const state = await createGroup(succession.groupId, publicPackage, privatePackage, extensions, cs, CONFIG);
  const psk = resumption(from.groupContext, usage, cs);
  const psks: Psks = {
    external: () => undefined,
    allExternal: () => [],
    resumption: () => from.keySchedule.resumptionPsk,
  };
  const adds = keyPackages.map((each) => ({ proposalType: "add", add: { keyPackage: keyPackageIn(each) } }) as const);
  const { newState, welcome } = await createCommit(
    { state, cipherSuite: cs, pskIndex: pskIndex(psks) },
    { extraProposals: [...adds, psk], ratchetTreeExtension: inlineTree },
  );
  return {
    welcome: welcome === undefined ? undefined : wrapped({ wireformat: "mls_welcome", welcome }),
    next: newState,
  };
}
