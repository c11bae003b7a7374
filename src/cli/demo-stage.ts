/** Where the story happens: who is there, who is in the group, and what has been checked. */

import type { CipherSuite } from "../crypto/index.ts";
import { type CommitOptions, type CreatedCommit, type ErrorCode, MlsError, type ReceivedCommit } from "../index.ts";
import { seededRandom } from "../testing/index.ts";
import { Mismatch } from "./demo-failure.ts";
import { Person } from "./demo-person.ts";
import { DeliveryService, Directory } from "./demo-services.ts";

/** What a step says of itself. */
export interface Told {
  readonly what: string;
  readonly notes: readonly string[];
}

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

  /** The members but these. */
  others(...absent: readonly Person[]): Person[] {
    return [...this.members].filter((member) => !absent.includes(member));
  }

  /** A member's commit, from making it to everyone following it. */
  async commit(by: Person, options: CommitOptions = {}): Promise<CreatedCommit> {
    const created = await this.publish(by, options);
    await this.deliver(created.message, this.others(by));
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

  /** They receive the commit, and who is removed by it leaves; then all members must agree. */
  async deliver(commit: Uint8Array, to: readonly Person[]): Promise<void> {
    for (const member of to) {
      const received = await this.receiveCommit(member, commit);
      if (received.commit.removedSelf) this.members.delete(member);
    }
    this.agree();
  }

  async receiveCommit(member: Person, message: Uint8Array): Promise<ReceivedCommit> {
    const received = await member.receive(message);
    if (received.contentType !== "commit") throw new Mismatch(`${member.name} received no commit`);
    return received;
  }

  /** They are members from now on, and with them everyone that the group's tree names. */
  admit(...people: readonly Person[]): void {
    for (const person of people) this.members.add(person);
    this.agree();
    const [first] = this.members;
    const names = [...this.members].map(({ name }) => name).sort();
    this.check("the roster names all members", first?.roster.sort().join() === names.join());
  }

  /** All members are in one epoch, know the same people, and have the same authenticator (§8.7). */
  agree(): void {
    const [first, ...others] = this.members;
    if (first === undefined) return;
    for (const each of others) {
      this.check(`${each.name} and ${first.name} are in one epoch`, each.epoch === first.epoch);
      this.check(`${each.name} and ${first.name} know the same people`, each.roster.join() === first.roster.join());
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

  /** The step is over: nobody keeps what it has replaced. */
  forget(): void {
    for (const person of this.#people.values()) person.forget();
  }

  shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: Buffer.from(this.#random(4)).readUInt32BE() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }

  secretOctets(): Uint8Array {
    return this.#random(this.suite.kdf.Nh);
  }
}
