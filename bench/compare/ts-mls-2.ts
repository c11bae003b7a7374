/** ts-mls 2.x, by its README and its type declarations, of which only what is used stands here. */

import type { Peer, PeerKeyPackage, PeerMember } from "./peer.ts";

const SUITE = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

/** A value that is handed from one function of the library to the next. */
type Opaque = { readonly tsMls2: unique symbol };

interface Message {
  readonly version: number;
  readonly wireformat: number;
  readonly welcome?: Opaque;
  readonly keyPackage?: Opaque;
}

interface Context {
  readonly cipherSuite: Opaque;
  readonly authService: Opaque;
}

interface Library {
  readonly unsafeTestingAuthenticationService: Opaque;
  readonly defaultCredentialTypes: { readonly basic: number };
  readonly defaultProposalTypes: { readonly add: number };
  readonly wireformats: { readonly mls_key_package: number };
  readonly protocolVersions: { readonly mls10: number };
  readonly mlsMessageEncoder: Opaque;
  readonly mlsMessageDecoder: Opaque;
  getCiphersuiteImpl(name: string): Promise<Opaque>;
  generateKeyPackage(params: object): Promise<{ publicPackage: Opaque; privatePackage: Opaque }>;
  createGroup(params: object): Promise<Opaque>;
  joinGroup(params: object): Promise<Opaque>;
  createCommit(params: object): Promise<{ commit: Message; welcome: Message | undefined }>;
  createApplicationMessage(params: object): Promise<{ message: Message }>;
  processMessage(params: object): Promise<{ kind: string; message?: Uint8Array }>;
  encode(encoder: Opaque, message: Message): Uint8Array;
  decode(decoder: Opaque, octets: Uint8Array): Message | undefined;
}

export async function tsMls2(name: string, module: unknown): Promise<Peer> {
  const library = module as Library;
  const cipherSuite = await library.getCiphersuiteImpl(SUITE);
  const context = { cipherSuite, authService: library.unsafeTestingAuthenticationService };
  const credential = {
    credentialType: library.defaultCredentialTypes.basic,
    identity: new TextEncoder().encode("someone"),
  };
  const generate = () => library.generateKeyPackage({ credential, cipherSuite });
  const create = async () => {
    const { publicPackage, privatePackage } = await generate();
    const groupId = new TextEncoder().encode("a group");
    return library.createGroup({ context, groupId, keyPackage: publicPackage, privateKeyPackage: privatePackage });
  };
  const keyPackage = async (): Promise<PeerKeyPackage> => {
    const { publicPackage, privatePackage } = await generate();
    const wireformat = library.wireformats.mls_key_package;
    const version = library.protocolVersions.mls10;
    return {
      message: library.encode(library.mlsMessageEncoder, { version, wireformat, keyPackage: publicPackage }),
      async join(octets) {
        const { welcome } = read(library, octets);
        const own = { keyPackage: publicPackage, privateKeys: privatePackage };
        return memberOf(library, context, await library.joinGroup({ context, welcome, ...own }));
      },
    };
  };
  return { name, create, keyPackage };
}

function memberOf(library: Library, context: Context, state: Opaque): PeerMember {
  const write = (message: Message) => library.encode(library.mlsMessageEncoder, message);
  const process = (octets: Uint8Array) => library.processMessage({ context, state, message: read(library, octets) });
  return {
    process,
    async commit() {
      return write((await library.createCommit({ context, state })).commit);
    },
    async add(octets) {
      const { keyPackage } = read(library, octets);
      const extraProposals = [{ proposalType: library.defaultProposalTypes.add, add: { keyPackage } }];
      const params = { context, state, extraProposals, ratchetTreeExtension: true };
      const { commit, welcome } = await library.createCommit(params);
      if (welcome === undefined) throw new Error("There is no Welcome.");
      return [write(commit), write(welcome)];
    },
    async encrypt(data) {
      return write((await library.createApplicationMessage({ context, state, message: data })).message);
    },
    async decrypt(octets) {
      const { message } = await process(octets);
      if (message === undefined) throw new Error("It was no application message.");
      return message;
    },
  };
}

function read(library: Library, octets: Uint8Array): Message {
  const message = library.decode(library.mlsMessageDecoder, octets);
  if (message === undefined) throw new Error("It was no MLSMessage.");
  return message;
}
