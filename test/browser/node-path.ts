/** What tests use of `node:path`. */
export function join(...parts: readonly string[]): string {
  return parts.join("/").replace(/\/{2,}/g, "/");
}
