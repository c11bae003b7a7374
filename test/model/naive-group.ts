/**
 * What a group is to someone who knows no cryptography: a row of seats with names, what was proposed, and who said what
 * when. Slow, simple, and written without looking at how the library does it.
 */

export type Intent =
  | { readonly kind: "add"; readonly name: string }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "update"; readonly name: string }
  | { readonly kind: "psk" }
  | { readonly kind: "extensions"; readonly label: number };

export interface Saying {
  readonly epoch: number;
  readonly by: string;
  readonly seat: number;
  readonly text: string;
}

export class NaiveGroup {
  epoch = 0;
  /** A name, or nobody; as many seats as the tree has leaves. */
  seats: (string | undefined)[];
  /** The label of the extension in force, if one is. */
  label: number | undefined;
  /** In which epoch each member came in: nobody reads what was said before. */
  readonly since: Map<string, number> = new Map<string, number>();
  readonly sayings: Saying[] = [];

  constructor(founder: string) {
    this.seats = [founder];
    this.since.set(founder, 0);
  }

  get members(): readonly string[] {
    return this.seats.filter((name) => name !== undefined);
  }

  seatOf(name: string): number {
    return this.seats.indexOf(name);
  }

  roster(): readonly (readonly [number, string])[] {
    return this.seats.flatMap((name, seat) => (name === undefined ? [] : [[seat, name] as const]));
  }

  say(by: string, text: string): Saying {
    const saying = { epoch: this.epoch, by, seat: this.seatOf(by), text };
    this.sayings.push(saying);
    return saying;
  }

  /** Whether somebody can read a saying now: in the group when it was said, and not too long ago. */
  readable(name: string, { epoch, by }: Saying, kept: number): boolean {
    const since = this.since.get(name);
    return since !== undefined && by !== name && epoch >= since && this.epoch - epoch <= kept;
  }

  commit(intents: readonly Intent[], externally?: string): void {
    for (const intent of intents) if (intent.kind === "extensions") this.label = intent.label;
    for (const intent of intents) {
      if (intent.kind !== "remove") continue;
      this.seats[this.seatOf(intent.name)] = undefined;
      this.since.delete(intent.name);
    }
    this.#shrink();
    this.epoch++;
    for (const intent of intents) if (intent.kind === "add") this.#sit(intent.name);
    if (externally !== undefined) this.#sit(externally);
  }

  #sit(name: string): void {
    if (!this.seats.includes(undefined)) this.seats.push(...this.seats.map(() => undefined));
    this.seats[this.seats.indexOf(undefined)] = name;
    this.since.set(name, this.epoch);
  }

  #shrink(): void {
    const half = () => this.seats.length / 2;
    while (this.seats.length > 1 && this.seats.slice(half()).every((name) => name === undefined)) {
      this.seats = this.seats.slice(0, half());
    }
  }
}
