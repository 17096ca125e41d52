import { ERASED, type AuditedClient } from './personal.js';

const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
  ['curl/', 'curl'],
] as const;
const SYSTEMS = [
  ['iPhone', 'an iPhone'],
  ['iPad', 'an iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Macintosh', 'a Mac'],
  ['Linux', 'Linux'],
] as const;
const MAX_CHARACTERS = 60;

/** A client as people say it: “Firefox on Linux, from 192.0.2.1”. */
export function clientWords({ ip, user_agent: agent }: AuditedClient): string {
  if (ip === ERASED || agent === ERASED) return 'a program whose name and address were erased';
  return `${agentWords(agent)}, from ${ip ?? 'an unknown address'}`;
}

function agentWords(agent: string | null): string {
  if (agent === null || agent === '') return 'a program that did not say its name';
  const browser = BROWSERS.find(([mark]) => agent.includes(mark))?.[1];
  const system = SYSTEMS.find(([mark]) => agent.includes(mark))?.[1];
  if (browser === undefined) return `“${shown(agent)}”`;
  return system === undefined ? browser : `${browser} on ${system}`;
}

/** A text of somebody else, safe to be printed: without control characters and marks that turn the direction, and not long. */
export function shown(text: string): string {
  const plain = text.replace(/\p{C}/gu, '·');
  return plain.length > MAX_CHARACTERS ? `${plain.slice(0, MAX_CHARACTERS)}…` : plain;
}
