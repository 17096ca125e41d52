import { browserWords, readUserAgent } from '../security/user-agent.js';
import { ERASED, type AuditedClient } from './personal.js';

const MAX_CHARACTERS = 60;

/** A client as people say it: “Firefox on Linux, from 192.0.2.1”. */
export function clientWords({ ip, user_agent: agent }: AuditedClient): string {
  if (ip === ERASED || agent === ERASED) return 'a program whose name and address were erased';
  return `${agentWords(agent)}, from ${ip ?? 'an unknown address'}`;
}

function agentWords(agent: string | null): string {
  if (agent === null || agent === '') return 'a program that did not say its name';
  const { browser, system, program } = readUserAgent(agent);
  if (browser !== null) return browserWords(browser, system);
  return program ?? `“${shown(agent)}”`;
}

/** A text of somebody else, safe to be printed: without control characters and marks that turn the direction, and not long. */
export function shown(text: string): string {
  const plain = text.replace(/\p{C}/gu, '·');
  return plain.length > MAX_CHARACTERS ? `${plain.slice(0, MAX_CHARACTERS)}…` : plain;
}
