export function plotResults(_r: unknown): string {
  return "";
}
