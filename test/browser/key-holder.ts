/** The holder of signature keys, as a web worker. */
import { holdKey } from "../support/key-holder.ts";

globalThis.addEventListener("message", ({ data }: MessageEvent) => holdKey(data));
