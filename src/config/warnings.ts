import { VARIABLES, type Environment } from './environment.js';
import { TOOL_VARIABLES } from './tool-variables.js';
import { sameWords } from './words-of-names.js';

/** Shorter names of ours are near to much that a system sets itself (`HOST` and `HOSTNAME`). */
const LONG_NAME = 6;

/** A sentence for each name in the environment that is nearly one of ours and therefore is not read. */
export function configWarnings(environment: Environment): string[] {
  const ours = ourNames();
  const known = new Set(ours);
  return Object.keys(environment)
    .filter((name) => !known.has(name))
    .flatMap((name) => {
      const meant = meantBy(name, ours);
      return meant === null ? [] : [`${name} is not read: ${meant}.`];
    });
}

function ourNames(): string[] {
  const all = { ...VARIABLES, ...TOOL_VARIABLES };
  return Object.entries(all).flatMap(([name, { secret }]) => (secret ? [name, `${name}_FILE`] : [name]));
}

/** What a name probably stands for, as the end of a sentence; null if it is simply somebody else's. */
function meantBy(name: string, ours: readonly string[]): string | null {
  const upper = name.toUpperCase().replaceAll('-', '_');
  const bare = upper.replace(/^TOKENLEDGER_/, '');
  const near = nearest(bare, ours) ?? (bare === upper ? null : nearest(upper, ours));
  if (near !== null) return `did you mean ${near}`;
  const extended = ours.find((one) => one.length >= LONG_NAME && (bare.startsWith(one) || sameBeginning(bare, one)));
  const alike = sameWords(bare, ours) ?? extended;
  if (alike !== undefined) return `did you mean ${alike}`;
  if (bare.startsWith('LIMIT_') || bare !== upper) return 'no variable has this name';
  return null;
}

function nearest(name: string, ours: readonly string[]): string | null {
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const one of ours) {
    const most = one.length < LONG_NAME ? 1 : 2;
    if (Math.abs(one.length - name.length) > most) continue;
    const distance = distanceBetween(name, one);
    if (distance <= most && distance < (best?.distance ?? Infinity)) best = { name: one, distance };
  }
  return best?.name ?? null;
}

/** Whether two names differ in their last word alone, as `ACCESS_TOKEN_EXPIRE_SECONDS` does from ours. */
function sameBeginning(name: string, ours: string): boolean {
  const words = ours.split('_');
  const last = name.lastIndexOf('_');
  return words.length > 2 && last > 0 && name.slice(0, last) === words.slice(0, -1).join('_');
}

/** How many letters must be added, removed, replaced or swapped with their neighbour (optimal string alignment). */
function distanceBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, at(beforeLast, j - 2) + 1);
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
