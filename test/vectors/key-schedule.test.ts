import { describe } from "vitest";
import { noble } from "../../src/backends/noble/index.ts";
import { node } from "../../src/backends/node/index.ts";
import { keySchedule } from "../../src/vectors/key-schedule.ts";
import { describeFamily } from "../support/vector-run.ts";

describe("[8-01] [8.5-01] published key-schedule vectors", () => {
  describeFamily(keySchedule, ["mls/key-schedule.json"], [noble, node]);
});
