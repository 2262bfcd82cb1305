/** Results as one SVG picture: a bar per server, its length the median, a line across it from least to most. */
import { formatValue, type ScenarioResult, summaryOf, type VariantResult } from './results.ts';

const WIDTH = 860;
const MARGIN = 20;
const NAME_WIDTH = 190;
const VALUE_WIDTH = 110;
const BAR_HEIGHT = 18;
const ROW_HEIGHT = 26;
const TITLE_HEIGHT = 44;
const BARS_WIDTH = WIDTH - 2 * MARGIN - NAME_WIDTH - VALUE_WIDTH;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .unit { fill: #59636e; }
  .subject { fill: #0969da; }
  .control { fill: #afb8c1; }
  .range { stroke: #1f2328; stroke-width: 1.5; }
  .paper { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .unit { fill: #9198a1; }
    .subject { fill: #4493f8; }
    .control { fill: #59636e; }
    .range { stroke: #e6edf3; }
    .paper { fill: #0d1117; }
  }`;

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function bar(result: ScenarioResult, variant: VariantResult, top: number, most: number): string {
  const [metric] = result.metrics;
  const left = MARGIN + NAME_WIDTH;
  const middle = top + BAR_HEIGHT / 2;
  const name = `<text x="${left - 10}" y="${top + 14}" text-anchor="end">${escapeText(variant.name)}</text>`;
  const summary = summaryOf(variant, metric.key);
  if (summary === undefined) return `${name}<text x="${left}" y="${top + 14}" class="unit">not measured</text>`;
  const at = (value: number) => ((value / most) * BARS_WIDTH).toFixed(1);
  const [from, to] = [left + Number(at(summary.min)), left + Number(at(summary.max))];
  const role = variant === result.variants[0] ? 'subject' : 'control';
  return [
    name,
    `<rect x="${left}" y="${top}" width="${at(summary.median)}" height="${BAR_HEIGHT}" rx="2" class="${role}"/>`,
    `<line x1="${from}" y1="${middle}" x2="${to}" y2="${middle}" class="range"/>`,
    `<text x="${left + BARS_WIDTH + 10}" y="${top + 14}">${formatValue(metric, summary.median)}</text>`,
  ].join('\n');
}

/** @returns a complete SVG document */
export function resultsChart(results: readonly ScenarioResult[]): string {
  const parts: string[] = [];
  let top = MARGIN;
  for (const result of results) {
    const [metric] = result.metrics;
    const most = Math.max(...result.variants.map((variant) => summaryOf(variant, metric.key)?.max ?? 0), 1e-9);
    const unit = `<tspan class="unit">, ${escapeText(metric.label)}</tspan>`;
    parts.push(`<text x="${MARGIN}" y="${top + 22}" class="title">${escapeText(result.title)}${unit}</text>`);
    top += TITLE_HEIGHT - 10;
    for (const variant of result.variants) {
      parts.push(bar(result, variant, top, most));
      top += ROW_HEIGHT;
    }
    top += MARGIN;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}" role="img">
<title>Parlor measured beside its controls</title>
<style>${STYLE}
</style>
<rect width="100%" height="100%" class="paper"/>
${parts.join('\n')}
</svg>
`;
}
