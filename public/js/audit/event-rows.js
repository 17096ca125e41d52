// @ts-check
/** The rows of the list: renewals between two other events are one row, on however many devices they are. */

/** @typedef {import('./lanes.js').Entry} Entry */
/**
 * @typedef {object} Row
 * @property {Entry} entry Its first event.
 * @property {Entry} last
 * @property {number} count How many renewals it stands for; 1 for any other event.
 * @property {Set<string>} devices The streams of these.
 */

/**
 * @param {readonly Entry[]} entries in the order of the log
 * @param {{ from: number, to: number, eachRenewal: boolean }} options Instants in milliseconds.
 * @returns {Row[]}
 */
export const rowsOf = (entries, { from, to, eachRenewal }) => {
  /** @type {Row[]} */
  const rows = [];
  /** @type {Row | null} */
  let run = null;
  for (const entry of entries) {
    const at = Date.parse(entry.occurred_at);
    if (at < from || at > to) continue;
    const isRenewal = entry.type === 'TokenRotated' && !eachRenewal;
    if (isRenewal && run) {
      run.last = entry;
      run.count += 1;
      run.devices.add(entry.stream);
      continue;
    }
    /** @type {Row} */
    const row = { entry, last: entry, count: 1, devices: new Set([entry.stream]) };
    rows.push(row);
    run = isRenewal ? row : null;
  }
  return rows;
};
