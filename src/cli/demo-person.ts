/** Somebody in the story: a name, a signature key, and the state of the group as this client has it. */

import { type CipherSuite, generateSigner, type KeySigner } from "../crypto/index.ts";
import { padme } from "../framing/index.ts";
import {
  acceptCommit,
  acceptJoin,
  type CommitOptions,
  type CreatedCommit,
  createCommit,
  createGroup,
  createKeyPackage,
  createProposal,
  type Environment,
  epochAuthenticator,
  epochOf,
  type GroupState,
  joinGroup,
  type KeyPackageBundle,
  type LeafOptions,
  type PendingCommit,
  type PendingJoin,
  type ProposeRequest,
  processMessage,
  protect,
  type Received,
  roster,
  type SentProposal,
  type Transition,
} from "../index.ts";
import { dispose, type Secret } from "../schedule/index.ts";
import { seededRandom } from "../testing/index.ts";
import { Mismatch } from "./demo-failure.ts";
import { CLOCK, type Directory, hex, octets, text } from "./demo-services.ts";

export interface PersonTerms {
  readonly suite: CipherSuite;
  /** Where this person's randomness comes from. */
  readonly seed: string;
  readonly directory: Directory;
}

export class Person {
  readonly name: string;
  readonly environment: Environment;
  /** Pre-shared keys that this person has been told, by id. */
  readonly psks: Map<string, Uint8Array>;
  #signer: KeySigner;
  #keyPackage: KeyPackageBundle | undefined;
  #state: GroupState | undefined;
  readonly #spent: Secret[] = [];

  static async of(name: string, { suite, seed, directory }: PersonTerms): Promise<Person> {
    const psks = new Map<string, Uint8Array>();
    const environment: Environment = {
      suite,
      random: seededRandom(seed),
      clock: CLOCK,
      authentication: directory,
      psks: { external: (pskId) => psks.get(hex(pskId)) },
      policy: { padding: padme },
    };
    return new Person(name, environment, psks, await generateSigner(suite, environment.random));
  }

  private constructor(name: string, environment: Environment, psks: Map<string, Uint8Array>, signer: KeySigner) {
    this.name = name;
    this.environment = environment;
    this.psks = psks;
    this.#signer = signer;
  }

  /** The newest state. Values taken from here stay what they are: a thief may keep one. */
  get state(): GroupState {
    if (this.#state === undefined) throw new Mismatch(`${this.name} is in no group`);
    return this.#state;
  }

  get epoch(): bigint {
    return epochOf(this.state);
  }

  get authenticator(): string {
    return hex(epochAuthenticator(this.state));
  }

  /** The names in the group, by leaf index. */
  get roster(): string[] {
    return roster(this.state).map(({ leafNode: { credential } }) => {
      return credential.credentialType === "basic" ? text(credential.identity) : "";
    });
  }

  get identity(): LeafOptions {
    return { signer: this.#signer, credential: { credentialType: "basic", identity: octets(this.name) } };
  }

  async makeKeyPackage(): Promise<KeyPackageBundle> {
    this.#keyPackage = await createKeyPackage(this.environment, this.identity);
    return this.#keyPackage;
  }

  /** A fresh signature key, to be used from the next commit on. */
  async makeSigner(): Promise<KeySigner> {
    this.#signer = await generateSigner(this.environment.suite, this.environment.random);
    return this.#signer;
  }

  async found(): Promise<void> {
    this.#state = await createGroup(this.environment, this.identity);
  }

  async join(welcome: Uint8Array): Promise<void> {
    const keyPackages = this.#keyPackage === undefined ? [] : [this.#keyPackage];
    this.#adopt(await joinGroup(this.environment, { welcome, keyPackages }));
  }

  enter(pending: PendingJoin): void {
    this.#state = acceptJoin(pending);
  }

  async commit(options: CommitOptions = {}): Promise<CreatedCommit> {
    return this.#adopt(await createCommit(this.environment, this.state, options));
  }

  accept(pending: PendingCommit): void {
    this.#adopt(acceptCommit(this.environment, this.state, pending));
  }

  async propose(request: ProposeRequest): Promise<SentProposal> {
    return this.#adopt(await createProposal(this.environment, this.state, request));
  }

  async send(words: string): Promise<Uint8Array> {
    return this.#adopt(await protect(this.environment, this.state, octets(words)));
  }

  async receive(message: Uint8Array): Promise<Received> {
    return this.#adopt(await processMessage(this.environment, this.state, message));
  }

  /** Wipes what former states held and the newest does not, as the owner of a state does once it is stored (§9.2). */
  forget(): void {
    dispose(this.#spent.splice(0));
  }

  #adopt<T>({ state, output, spent }: Transition<GroupState, T>): T {
    this.#state = state;
    this.#spent.push(...spent);
    return output;
  }
}
