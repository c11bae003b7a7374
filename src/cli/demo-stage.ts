/** Where the story happens: who is there, who is in the group, and what has been checked. */

import type { CipherSuite } from "../crypto/index.ts";
import {
  type CommitOptions,
  type CreatedCommit,
  type ErrorCode,
  MlsError,
  type ReceivedCommit,
  roster,
} from "../index.ts";
import { seededRandom } from "../testing/index.ts";
import { Mismatch } from "./demo-failure.ts";
import { Person } from "./demo-person.ts";
import { DeliveryService, Directory, text } from "./demo-services.ts";

export class Stage {
  readonly suite: CipherSuite;
  readonly seed: string;
  readonly delivery: DeliveryService = new DeliveryService();
  readonly directory: Directory = new Directory();
  /** The members of the group, in the order in which they came. */
  readonly members: Set<Person> = new Set();
  readonly #people = new Map<string, Person>();
  readonly #random: (length: number) => Uint8Array;
  #checks = 0;

  constructor(suite: CipherSuite, seed: string) {
    this.suite = suite;
    this.seed = seed;
    this.#random = seededRandom(`${seed} stage`);
  }

  get checks(): number {
    return this.#checks;
  }

  /** Somebody new, whom the Authentication Service knows. */
  async introduce(name: string): Promise<Person> {
    const person = await this.stranger(name, name);
    this.directory.enrol(name, person.identity.signer.publicKey);
    this.#people.set(name, person);
    return person;
  }

  /** Somebody who goes by a name, and whom nobody vouches for. */
  async stranger(name: string, really: string): Promise<Person> {
    return Person.of(name, { suite: this.suite, seed: `${this.seed} ${really}`, directory: this.directory });
  }

  person(name: string): Person {
    const person = this.#people.get(name);
    if (person === undefined) throw new Mismatch(`there is no ${name}`);
    return person;
  }

  /** A member's commit, from making it to everyone following it. */
  async commit(by: Person, options: CommitOptions = {}): Promise<CreatedCommit> {
    const created = await this.publish(by, options);
    await this.deliverCommit(created.message);
    return created;
  }

  /** The commit is made, and the delivery service accepts it; nobody has received it yet. */
  async publish(by: Person, options: CommitOptions = {}): Promise<CreatedCommit> {
    const { epoch } = by;
    const created = await by.commit(options);
    this.check("an own commit changes nothing before it is accepted", by.epoch === epoch);
    this.check("the first commit of an epoch is accepted", this.delivery.offer(created.message));
    by.accept(created.pending);
    return created;
  }

  /** Every member who is still in an older epoch receives the commit, and leaves if it is removed by it. */
  async deliverCommit(message: Uint8Array): Promise<void> {
    const newest = Math.max(...[...this.members].map(({ epoch }) => Number(epoch)));
    for (const member of [...this.members]) {
      if (Number(member.epoch) === newest && this.members.size > 1) continue;
      const { commit } = await this.receiveCommit(member, message);
      if (commit.removedSelf) this.members.delete(member);
    }
    this.agree();
  }

  async receiveCommit(member: Person, message: Uint8Array): Promise<ReceivedCommit> {
    const received = await member.receive(message);
    if (received.contentType !== "commit") throw new Mismatch(`${member.name} received no commit`);
    return received;
  }

  /** Somebody joins by the Welcome that is kept under a name. */
  async join(person: Person, welcome: Uint8Array): Promise<void> {
    await person.join(welcome);
    this.members.add(person);
  }

  /** All members are in one epoch, know the same people, and have the same authenticator (§8.7). */
  agree(): void {
    const [first, ...others] = this.members;
    if (first === undefined) return;
    const names = [...this.members].map(({ name }) => name).sort();
    for (const each of [first, ...others]) {
      const known = roster(each.state).map(({ leafNode: { credential } }) =>
        credential.credentialType === "basic" ? text(credential.identity) : "",
      );
      this.check(`${each.name} and ${first.name} are in one epoch`, each.epoch === first.epoch);
      this.check(`${each.name} knows who is in the group`, known.sort().join() === names.join());
      this.check(`${each.name} and ${first.name} agree`, each.authenticator === first.authenticator);
    }
  }

  /** @throws Mismatch unless it holds */
  check(what: string, holds: boolean): void {
    this.#checks++;
    if (!holds) throw new Mismatch(`does not hold: ${what}`);
  }

  /** @throws Mismatch unless the attempt is refused with this code, which is handed back */
  async refused(code: ErrorCode, attempt: Promise<unknown>): Promise<ErrorCode> {
    const outcome = await attempt.then(
      () => "nothing",
      (error: unknown) => (error instanceof MlsError ? error.code : String(error)),
    );
    this.check(`refused with ${code} (it was ${outcome})`, outcome === code);
    return code;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: Buffer.from(this.#random(4)).readUInt32BE() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }

  secretOctets(): Uint8Array {
    return this.#random(this.suite.kdf.Nh);
  }
}
