/** What tests use of `node:fs`: reading, through the development server (plugin.ts), at once as in Node. */
import { Buffer } from "./node-buffer.ts";
import { fileURLToPath } from "./node-url.ts";

export function existsSync(path: string | URL): boolean {
  return request(path, "?list").status !== 404;
}

export function readdirSync(path: string | URL): string[] {
  return JSON.parse(found(path, "?list").responseText);
}

export function readFileSync(path: string | URL, encoding?: "utf8"): Uint8Array | string {
  const { responseText } = found(path);
  const octets = Uint8Array.from(responseText, (character) => character.charCodeAt(0) & 0xff);
  return encoding === "utf8" ? new TextDecoder().decode(octets) : Buffer.from(octets);
}

function found(path: string | URL, query = ""): XMLHttpRequest {
  const answer = request(path, query);
  if (answer.status !== 200) throw new Error(`ENOENT: ${String(path)}`);
  return answer;
}

function request(path: string | URL, query: string): XMLHttpRequest {
  const asked = new XMLHttpRequest();
  const parts = (path instanceof URL ? fileURLToPath(path) : path).split("/");
  asked.open("GET", `/__files__${parts.map(encodeURIComponent).join("/")}${query}`, false);
  // Octets as the low halves of characters.
  asked.overrideMimeType("text/plain; charset=x-user-defined");
  asked.send();
  return asked;
}
