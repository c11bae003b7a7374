/** Runs what must fail, and hands back its error: an MlsError, or the test fails here. */
import { expect } from "vitest";
import { MlsError } from "../../src/errors.ts";

export function failure(action: () => unknown): MlsError {
  try {
    action();
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(MlsError);
    return error as MlsError;
  }
  throw new Error("it did not fail");
}
