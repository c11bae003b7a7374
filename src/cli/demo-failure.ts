/** How the demo fails: by a check that does not hold, and always with the name of the step. */

export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

/** A step did not come to its end; `cause` is why. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause });
    this.step = step;
  }
}

/** Whatever goes wrong in the work goes wrong in this step. @throws StepFailed */
export async function inStep<T>(step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new StepFailed(step, cause);
  }
}
