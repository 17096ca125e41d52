import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Metrics } from '../../src/http/metrics/metrics.js';
import { QUIET_SOURCES } from '../support/fake-http.js';

const operations = readFileSync('docs/OPERATIONS.md', 'utf8');
const alerts = readFileSync('docs/alerts.yml', 'utf8');
const dashboard = readFileSync('docs/grafana-dashboard.json', 'utf8');

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
const { panels } = JSON.parse(dashboard) as { readonly panels: readonly Panel[] };

/** The metrics that a text names, histograms without what Prometheus adds to their names. */
function metricsIn(text: string): string[] {
  const names = text.match(/\b(?:tokenledger|http)_[a-z_]+[a-z](?=[{[)\s,`])/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(bucket|count)$/, '')))].sort();
}

const documented = metricsIn(operations.slice(operations.indexOf('| metric |'), operations.indexOf('### The process')));

describe('dashboard and alerts', () => {
  it('name metrics that are documented, and the dashboard all of ours', () => {
    expect(documented).toHaveLength(20);
    const shown = metricsIn(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n'));
    expect(shown).toEqual(documented);
    const watched = metricsIn(alerts);
    expect(watched.length).toBeGreaterThan(8);
    for (const name of watched) expect(documented).toContain(name);
  });

  it('watch counters that exist before their first event, since the increase of a new series is 0', async () => {
    const { text } = await new Metrics(QUIET_SOURCES).exposition();
    const watched = [...alerts.matchAll(/\b(?:increase|rate)\((\w+)(?:\{(\w+="\w+")\})?\[/g)];
    expect(watched.length).toBeGreaterThan(5);
    const series = text.split('\n').filter((line) => line.endsWith(' 0'));
    for (const [, name = '', label = ''] of watched)
      expect(series).toContainEqual(expect.stringMatching(new RegExp(`^${name}\\{.*${label}`)));
  });

  it('have panels with ids and expressions whose brackets match', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const expressions = [
      ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
      ...[...alerts.matchAll(/expr: (?:>-\n\s+)?(.+(?:\n\s+>.+)?)$/gm)].map(([, expr = '']) => expr),
    ];
    expect(expressions.length).toBeGreaterThan(25);
    for (const expr of expressions)
      for (const [opening, closing] of ['()', '{}', '[]'])
        expect([expr, expr.split(opening!).length]).toEqual([expr, expr.split(closing!).length]);
  });

  it('have a line in docs/OPERATIONS.md for each alert', () => {
    const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) expect(operations).toContain(`\`${name}\``);
  });
});
