import { describe } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { messageProtection } from "../../src/vectors/message-protection.ts";
import { describeFamily } from "../support/vector-run.ts";

describe("[6.1-01] [6.1-02] [6.2-01] [6.2-02] [6.3.1-05] [6.3.1-06] [6-01] published message-protection vectors", () => {
  describeFamily(messageProtection, ["mls/message-protection.json"], [noble, node]);
});
