/** What is wrong with a scenario, found before anything of it is played. */

/** Where in which file; a scenario that was generated has no file. */
export interface Place {
  readonly file?: string;
  readonly script?: string;
  /** Its position, as pointers count: the first step is 0. */
  readonly step?: number;
  readonly action?: string;
}

export class ScenarioError extends Error {
  readonly place: Place;

  constructor(place: Place, fault: string) {
    super(`${described(place)}${fault}`);
    this.name = "ScenarioError";
    this.place = place;
  }
}

function described({ file, script, step, action }: Place): string {
  const parts = [
    file,
    script === undefined ? undefined : `script "${script}"`,
    step === undefined ? undefined : `step ${step}${action === undefined ? "" : ` (${action})`}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "" : `${parts.join(", ")}: `;
}
