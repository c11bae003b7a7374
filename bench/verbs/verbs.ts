/** What users do, in the order in which it is printed. */

import * as handshakes from "./handshakes.ts";
import { measureGap, measureMessage } from "./messages.ts";
import { measureAwakening, measureChange, measureRestore, measureSave } from "./states.ts";
import type { Verb } from "./verb.ts";

const IN_GROUP = { shape: "full", seats: 0, from: 2, constant: false } as const;
const WITH_NEWCOMER = { shape: "full", seats: 1, from: 3, constant: false } as const;
const ANYWHERE = { shape: "full", seats: 0, from: 2, constant: true } as const;

export const VERBS: readonly Verb[] = [
  { name: "key package", ...ANYWHERE, prepare: handshakes.keyPackage },
  { name: "create", ...ANYWHERE, prepare: handshakes.create },
  { name: "commit", ...IN_GROUP, prepare: handshakes.commit },
  { name: "process", ...IN_GROUP, prepare: handshakes.process },
  { name: "add", ...WITH_NEWCOMER, prepare: handshakes.add },
  { name: "process add", ...WITH_NEWCOMER, prepare: handshakes.processAdd },
  { name: "remove", ...IN_GROUP, from: 5, prepare: handshakes.remove },
  { name: "process remove", ...IN_GROUP, from: 5, prepare: handshakes.processRemove },
  { name: "commit after bulk add", ...IN_GROUP, shape: "blank", prepare: handshakes.commit },
  { name: "process after bulk add", ...IN_GROUP, shape: "blank", prepare: handshakes.process },
  { name: "join", ...WITH_NEWCOMER, prepare: handshakes.join },
  { name: "external join", ...WITH_NEWCOMER, prepare: handshakes.externalJoin },
  { name: "encrypt 100 B", ...IN_GROUP, prepare: measureMessage("encrypt", 100) },
  { name: "decrypt 100 B", ...IN_GROUP, prepare: measureMessage("decrypt", 100) },
  { name: "encrypt 1 KiB", ...ANYWHERE, prepare: measureMessage("encrypt", 1024) },
  { name: "decrypt 1 KiB", ...ANYWHERE, prepare: measureMessage("decrypt", 1024) },
  { name: "encrypt 1 MiB", ...ANYWHERE, prepare: measureMessage("encrypt", 2 ** 20) },
  { name: "decrypt 1 MiB", ...ANYWHERE, prepare: measureMessage("decrypt", 2 ** 20) },
  { name: "decrypt after gap", ...ANYWHERE, prepare: measureGap(1000) },
  { name: "save", ...IN_GROUP, prepare: measureSave },
  { name: "restore", ...IN_GROUP, prepare: measureRestore },
  { name: "restore, process", ...IN_GROUP, prepare: measureAwakening },
  { name: "change of commit", ...IN_GROUP, prepare: measureChange("commit") },
  { name: "change of message", ...IN_GROUP, prepare: measureChange("message") },
];
