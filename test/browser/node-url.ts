/** Addresses of the development server as paths of the machine that it runs on. */
declare const __ROOT__: string;

export function fileURLToPath(url: string | URL): string {
  const path = decodeURIComponent(new URL(url).pathname).replace(/^\/@fs/, "");
  return path.startsWith(`${__ROOT__}/`) ? path : `${__ROOT__}${path}`;
}
