/** Draws lines into an SVG with two logarithmic axes. */

export interface Line {
  name: string;
  /** x and y. Both are larger than 0. */
  points: readonly (readonly [number, number])[];
  /** Drawn dashed, for a comparison that was not measured. */
  isDashed?: boolean;
}

export interface Panel {
  title: string;
  x: { label: string; ticks: readonly (readonly [number, string])[] };
  y: { label: string };
  lines: readonly Line[];
}

const WIDTH = 470;
const HEIGHT = 400;
const MARGIN = { left: 62, right: 28, top: 34, bottom: 104 };
const COLORS = ["#888888", "#d1495b", "#00798c", "#edae49", "#6a4c93", "#333333"];
const LEGEND_ROWS = 3;

export function svgOf(panels: readonly Panel[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * panels.length} ${HEIGHT}" font-family="sans-serif" font-size="12">
<title>${panels.map(({ title }) => title).join("; ")}</title>
<rect width="100%" height="100%" fill="white"/>
${panels.map((panel, index) => `<g transform="translate(${index * WIDTH} 0)">\n${panelOf(panel)}\n</g>`).join("\n")}
</svg>
`;
}

function panelOf({ title, x, y, lines }: Panel): string {
  const ys = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const decades = powersOfTen(Math.min(...ys), Math.max(...ys));
  const xs = x.ticks.map(([value]) => value);
  const xAt = scale(Math.min(...xs), Math.max(...xs), MARGIN.left, WIDTH - MARGIN.right);
  const yAt = scale(decades[0] ?? 1, decades.at(-1) ?? 10, HEIGHT - MARGIN.bottom, MARGIN.top);
  const bottom = HEIGHT - MARGIN.bottom;
  return [
    text(WIDTH / 2, 18, title, "middle", 'font-weight="bold"'),
    ...decades.flatMap((value) => [
      `<path d="M${MARGIN.left} ${yAt(value)}H${WIDTH - MARGIN.right}" stroke="#dddddd"/>`,
      text(MARGIN.left - 6, yAt(value) + 4, value.toLocaleString("en-US", { maximumFractionDigits: 3 }), "end"),
    ]),
    ...x.ticks.flatMap(([value, label]) => [
      `<path d="M${xAt(value)} ${MARGIN.top}V${bottom}" stroke="#eeeeee"/>`,
      text(xAt(value), bottom + 16, label, "middle"),
    ]),
    text((MARGIN.left + WIDTH - MARGIN.right) / 2, bottom + 34, x.label, "middle"),
    text(0, 0, y.label, "middle", `transform="translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)"`),
    ...lines.flatMap((line, index) => lineOf(line, index, xAt, yAt, bottom)),
  ].join("\n");
}

type Scale = (value: number) => number;

function lineOf({ name, points, isDashed }: Line, index: number, xAt: Scale, yAt: Scale, bottom: number): string[] {
  const color = COLORS[index % COLORS.length];
  const dash = isDashed ? ' stroke-dasharray="4 4"' : "";
  const path = points.map(([x, y], at) => `${at === 0 ? "M" : "L"}${xAt(x)} ${yAt(y)}`).join("");
  const legendX = MARGIN.left + Math.floor(index / LEGEND_ROWS) * 160;
  const legendY = bottom + 54 + (index % LEGEND_ROWS) * 17;
  return [
    `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"${dash}/>`,
    ...(isDashed ? [] : points.map(([x, y]) => `<circle cx="${xAt(x)}" cy="${yAt(y)}" r="3" fill="${color}"/>`)),
    `<path d="M${legendX} ${legendY}h22" stroke="${color}" stroke-width="2"${dash}/>`,
    text(legendX + 28, legendY + 4, name, "start"),
  ];
}

function text(x: number, y: number, content: string, anchor: string, more = ""): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" ${more}>${content}</text>`;
}

/** @returns where a value is between two places, on a logarithmic scale */
function scale(least: number, most: number, from: number, to: number): Scale {
  const share = (value: number) => Math.log(value / least) / Math.log(most / least);
  return (value) => Math.round((from + share(value) * (to - from)) * 10) / 10;
}

/** @returns the powers of ten from the one below `least` to the one above `most` */
function powersOfTen(least: number, most: number): number[] {
  const first = Math.floor(Math.log10(least));
  const last = Math.max(Math.ceil(Math.log10(most)), first + 1);
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}
