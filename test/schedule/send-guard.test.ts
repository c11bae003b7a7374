import { describe, expect, it } from "vitest";
import { SendGuard } from "../../src/schedule/send-guard.ts";
import { failure } from "../support/failure.ts";

describe("§6.3.1 sending each generation once", () => {
  it("[6.3.1-03] [9.1-01] refuses a generation that was claimed, and those before it", () => {
    const guard = new SendGuard();
    guard.claim("application", 0);
    guard.claim("application", 1);
    guard.claim("application", 5);
    for (const generation of [0, 1, 4, 5]) {
      expect(failure(() => guard.claim("application", generation)).code).toBe("state.spent");
    }
    guard.claim("application", 6);
  });

  it("[9.1-04] counts the two ratchets apart", () => {
    const guard = new SendGuard();
    guard.claim("application", 3);
    guard.claim("handshake", 0);
    expect(failure(() => guard.claim("handshake", 0)).code).toBe("state.spent");
  });

  it("gives back the latest claim, also that of generation 0, and no other", () => {
    const guard = new SendGuard();
    guard.claim("handshake", 0);
    guard.release("handshake", 0);
    guard.claim("handshake", 0);
    guard.claim("handshake", 1);
    guard.release("handshake", 0);
    expect(failure(() => guard.claim("handshake", 0)).code).toBe("state.spent");
    expect(failure(() => guard.claim("handshake", 1)).code).toBe("state.spent");
    guard.release("application", 1);
    guard.release("handshake", 7);
    expect(failure(() => guard.claim("handshake", 1)).code).toBe("state.spent");
    guard.release("handshake", 1);
    guard.claim("handshake", 1);
  });
});
