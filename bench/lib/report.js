const COLUMNS = ['what', 'figure', 'beside it', 'ratio', 'wanted', ''];

/** The results as a table for people. A result is `{what, value, unit, beside?, besideValue?, ratio?, wanted?, met?}`. */
export function table(results) {
  const rows = [COLUMNS, ...results.map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cells({ what, value, unit, beside, besideValue, ratio, wanted, met, skipped }) {
  if (skipped !== undefined) return [what, 'skipped', skipped, '', wanted ?? '', ''];
  return [
    what,
    `${shown(value)} ${unit}`,
    beside === undefined ? '' : `${beside}: ${shown(besideValue)}`,
    ratio === undefined ? '' : ratio.toFixed(2),
    wanted ?? '',
    met === undefined ? '' : met ? 'ok' : 'MISSED',
  ];
}

function shown(value) {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

/** A figure that is to be at least (`atLeast`) or at most (`atMost`) so many times the one beside it. */
export function compared({ what, value, unit, beside, besideValue, atLeast, atMost }) {
  const ratio = value / besideValue;
  const wanted = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  return {
    what,
    value,
    unit,
    beside,
    besideValue,
    ratio,
    wanted,
    met: atLeast === undefined ? ratio <= atMost : ratio >= atLeast,
  };
}

/** A figure that is judged by itself; the one beside it, if there is one, shows its ratio. */
export function judged({ what, value, unit, beside, besideValue, atLeast, atMost }) {
  const wanted = atLeast === undefined ? `≤ ${atMost} ${unit}` : `≥ ${atLeast} ${unit}`;
  const comparison = besideValue === undefined ? {} : { beside, besideValue, ratio: value / besideValue };
  return { what, value, unit, ...comparison, wanted, met: atLeast === undefined ? value <= atMost : value >= atLeast };
}
