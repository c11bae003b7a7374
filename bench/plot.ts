/** Cost against the number of members, both on logarithmic scales, as SVG: copath drawn through, its floor dashed. */

import { milliseconds } from "./report.ts";

export interface Curve {
  readonly label: string;
  readonly points: readonly (readonly [size: number, cost: number])[];
  readonly dashed: boolean;
  /** Curves of one group have one colour. */
  readonly group: string;
}

export interface Labels {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** How a cost is written at the axis. */
  readonly format?: (cost: number) => string;
}

const WIDTH = 920;
const HEIGHT = 500;
const BOX = { left: 90, top: 48, right: 640, bottom: 430 } as const;
const COLOURS = ["#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce", "#be123c", "#a16207", "#0f766e", "#475569"];

export function plot(curves: readonly Curve[], labels: Labels): string {
  const all = curves.flatMap(({ points }) => points).filter(([, cost]) => cost > 0);
  if (all.length === 0) all.push([2, 1]);
  const x = scale(
    all.map(([size]) => size),
    2,
    [BOX.left, BOX.right],
  );
  const y = scale(
    all.map(([, cost]) => cost),
    10,
    [BOX.bottom, BOX.top],
  );
  const groups = [...new Set(curves.map(({ group }) => group))];
  const colour = (group: string) => COLOURS[groups.indexOf(group) % COLOURS.length] as string;
  const { format = milliseconds } = labels;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<title>${escaped(labels.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text([BOX.left, 28], labels.title, 'font-size="17" font-weight="bold"'),
    ...y.ticks.flatMap((tick) => [
      line([BOX.left, y.at(tick)], [BOX.right, y.at(tick)], 'stroke="#e2e8f0"'),
      text([BOX.left - 8, y.at(tick) + 4], format(tick), 'text-anchor="end" fill="#475569"'),
    ]),
    ...x.ticks.flatMap((tick) => [
      line([x.at(tick), BOX.top], [x.at(tick), BOX.bottom], 'stroke="#f1f5f9"'),
      text([x.at(tick), BOX.bottom + 20], short(tick), 'text-anchor="middle" fill="#475569"'),
    ]),
    text([(BOX.left + BOX.right) / 2, BOX.bottom + 46], labels.x, 'text-anchor="middle" fill="#475569"'),
    text([18, BOX.top - 10], labels.y, 'fill="#475569"'),
    ...curves.flatMap((curve) => drawn(curve, colour(curve.group), [x, y])),
    ...legend(curves, colour),
    "</svg>",
    "",
  ].join("\n");
}

interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** From a power of the base to another. */
function scale(values: readonly number[], base: number, [start, end]: readonly [number, number]): Scale {
  const log = (value: number) => Math.log(value) / Math.log(base);
  const low = Math.floor(log(Math.min(...values)) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(log(Math.max(...values)) - 1e-9));
  const step = Math.max(1, Math.ceil((high - low) / 10));
  const ticks = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => base ** (low + i * step));
  return { ticks, at: (value) => start + ((log(value) - low) / (high - low)) * (end - start) };
}

function drawn({ points, dashed }: Curve, colour: string, [x, y]: readonly [Scale, Scale]): string[] {
  const places = points.filter(([, cost]) => cost > 0).map(([size, cost]) => [x.at(size), y.at(cost)] as const);
  const path = places.map(([px, py], i) => `${i === 0 ? "M" : "L"}${px.toFixed(1)} ${py.toFixed(1)}`).join(" ");
  const dash = dashed ? ' stroke-dasharray="5 4"' : "";
  const dots = places.map(
    ([px, py]) => `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="${dashed ? 2 : 3.5}" fill="${colour}"/>`,
  );
  return [`<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>`, ...dots];
}

function legend(curves: readonly Curve[], colour: (group: string) => string): string[] {
  return curves.flatMap(({ label, dashed, group }, i) => {
    const top = BOX.top + 8 + i * 22;
    const dash = dashed ? ' stroke-dasharray="5 4"' : "";
    return [
      line([BOX.right + 18, top], [BOX.right + 46, top], `stroke="${colour(group)}" stroke-width="2"${dash}`),
      text([BOX.right + 54, top + 4], label, 'fill="#0f172a"'),
    ];
  });
}

type Place = readonly [number, number];

function line([x1, y1]: Place, [x2, y2]: Place, attributes: string): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" ${attributes}/>`;
}

function text([x, y]: Place, content: string, attributes: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function short(size: number): string {
  return size >= 1024 ? `${size / 1024}k` : String(size);
}
