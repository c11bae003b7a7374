/** What runs in the page: one row after the other, on Web Cryptography or in JavaScript. */

import { noble } from "copath/backends/noble";
import { supportReport, webcrypto } from "copath/backends/webcrypto";
import type { BenchBackend } from "../backends.ts";
import { bareNoble } from "../floor/bare-noble.ts";
import { bareWebcrypto } from "../floor/bare-webcrypto.ts";
import type { Schedule } from "../interleave.ts";
import { Measurement, type Row } from "../measure.ts";
import { VERBS } from "../verbs/verbs.ts";

/** A planned row, without functions, which do not travel. */
export interface PageRow {
  readonly verb: string;
  readonly suite: number;
  readonly backend: string;
  readonly size: number;
  readonly shape: "full" | "blank" | "churn";
}

/** What the page offers to the program that opened it. */
export interface Page {
  row(planned: PageRow, schedule: Schedule): Promise<Row>;
  support(): Promise<unknown>;
}

const WEBCRYPTO: BenchBackend = { name: "webcrypto", primitives: webcrypto, bare: bareWebcrypto };
const NOBLE: BenchBackend = { name: "noble", primitives: noble, bare: bareNoble };

let measurement: Measurement | undefined;

const page: Page = {
  row(planned, schedule) {
    const verb = VERBS.find(({ name }) => name === planned.verb);
    if (verb === undefined) throw new Error(`There is no verb ${planned.verb}.`);
    measurement ??= new Measurement({ builder: WEBCRYPTO, all: [WEBCRYPTO, NOBLE] }, schedule);
    return measurement.row({ ...planned, verb });
  },
  support: () => supportReport(),
};

Object.assign(globalThis, { copathBench: page });
