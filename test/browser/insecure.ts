/** In a page that is no secure context: tells the page around it what there is, and what is said without it. */
import { auto } from "../../src/backends/auto/index.ts";
import { type SupportReport, supportReport } from "../../src/backends/webcrypto/index.ts";
import { type Said, talk } from "../support/talk.ts";

export interface InsecureAnswer extends Said {
  readonly isSecureContext: boolean;
  readonly report: SupportReport;
}

const answer: InsecureAnswer = { isSecureContext, report: await supportReport(), ...(await talk(auto)) };
parent.postMessage(answer, "*");
