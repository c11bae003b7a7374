/** ts-mls 1.x, by its README and its type declarations, of which only what is used stands here. */

import type { Peer, PeerKeyPackage, PeerMember } from "./peer.ts";

const SUITE = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

/** A value that is handed from one function of the library to the next. */
type Opaque = { readonly tsMls1: unique symbol };

interface Message {
  readonly version: "mls10";
  readonly wireformat: string;
  readonly welcome?: Opaque;
  readonly keyPackage?: Opaque;
  readonly privateMessage?: Opaque;
}

interface Library {
  readonly emptyPskIndex: Opaque;
  readonly defaultLifetime: Opaque;
  readonly acceptAll: Opaque;
  getCiphersuiteFromName(name: string): Opaque;
  getCiphersuiteImpl(suite: Opaque): Promise<Opaque>;
  defaultCapabilities(): Opaque;
  generateKeyPackage(
    ...args: [credential: object, capabilities: Opaque, lifetime: Opaque, extensions: [], suite: Opaque]
  ): Promise<{ publicPackage: Opaque; privatePackage: Opaque }>;
  createGroup(
    ...args: [id: Uint8Array, publicPackage: Opaque, privatePackage: Opaque, [], suite: Opaque]
  ): Promise<Opaque>;
  joinGroup(
    ...args: [welcome: Opaque, publicPackage: Opaque, privatePackage: Opaque, psks: Opaque, suite: Opaque]
  ): Promise<Opaque>;
  createCommit(
    context: { state: Opaque; cipherSuite: Opaque },
    options?: object,
  ): Promise<{ commit: Message; welcome: Opaque | undefined }>;
  createApplicationMessage(state: Opaque, data: Uint8Array, suite: Opaque): Promise<{ privateMessage: Opaque }>;
  processMessage(
    ...args: [message: Message, state: Opaque, psks: Opaque, action: Opaque, suite: Opaque]
  ): Promise<{ kind: string; message?: Uint8Array }>;
  encodeMlsMessage(message: Message): Uint8Array;
  decodeMlsMessage(octets: Uint8Array, offset: number): [Message, number] | undefined;
}

export async function tsMls1(name: string, module: unknown): Promise<Peer> {
  const library = module as Library;
  const suite = await library.getCiphersuiteImpl(library.getCiphersuiteFromName(SUITE));
  const generate = () => {
    const credential = { credentialType: "basic", identity: new TextEncoder().encode("someone") };
    return library.generateKeyPackage(credential, library.defaultCapabilities(), library.defaultLifetime, [], suite);
  };
  const create = async () => {
    const { publicPackage, privatePackage } = await generate();
    return library.createGroup(new TextEncoder().encode("a group"), publicPackage, privatePackage, [], suite);
  };
  const keyPackage = async (): Promise<PeerKeyPackage> => {
    const { publicPackage, privatePackage } = await generate();
    const wireformat = "mls_key_package";
    return {
      message: library.encodeMlsMessage({ version: "mls10", wireformat, keyPackage: publicPackage }),
      async join(octets) {
        const { welcome } = read(library, octets);
        if (welcome === undefined) throw new Error("It was no Welcome.");
        const state = await library.joinGroup(welcome, publicPackage, privatePackage, library.emptyPskIndex, suite);
        return memberOf(library, suite, state);
      },
    };
  };
  return { name, create, keyPackage };
}

function memberOf(library: Library, cipherSuite: Opaque, state: Opaque): PeerMember {
  const process = (octets: Uint8Array) =>
    library.processMessage(read(library, octets), state, library.emptyPskIndex, library.acceptAll, cipherSuite);
  return {
    process,
    async commit() {
      return library.encodeMlsMessage((await library.createCommit({ state, cipherSuite })).commit);
    },
    async add(octets) {
      const { keyPackage } = read(library, octets);
      const extraProposals = [{ proposalType: "add", add: { keyPackage } }];
      const options = { extraProposals, ratchetTreeExtension: true };
      const { commit, welcome } = await library.createCommit({ state, cipherSuite }, options);
      if (welcome === undefined) throw new Error("There is no Welcome.");
      const encoded = library.encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome });
      return [library.encodeMlsMessage(commit), encoded];
    },
    async encrypt(data) {
      const { privateMessage } = await library.createApplicationMessage(state, data, cipherSuite);
      return library.encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage });
    },
    async decrypt(octets) {
      const { message } = await process(octets);
      if (message === undefined) throw new Error("It was no application message.");
      return message;
    },
  };
}

function read(library: Library, octets: Uint8Array): Message {
  const [message] = library.decodeMlsMessage(octets, 0) ?? [];
  if (message === undefined) throw new Error("It was no MLSMessage.");
  return message;
}
