/** As `failure`, for what fails at once or later. */
import { expect } from "vitest";
import { MlsError } from "../../src/errors.ts";

export async function rejection(action: () => unknown): Promise<MlsError> {
  try {
    await action();
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(MlsError);
    return error as MlsError;
  }
  throw new Error("it did not fail");
}
