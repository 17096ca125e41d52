/** Mails, audits and pages call a program by the same name. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { clientWords } from '../../src/audit/client-words.js';
import { agentWords } from '../../src/processors/mail/client-words.js';
import { AGENTS } from '../support/page-scenes.js';

type AgentWords = (agent: string | null) => string;
let ofPages: AgentWords;
beforeAll(async () => {
  // Not compiled with the tests: browsers get it as it stands.
  const module = new URL('../../../public/js/agent-words.js', import.meta.url).href;
  ({ agentWords: ofPages } = (await import(module)) as { agentWords: AgentWords });
});
const ofAudits: AgentWords = (agent) => clientWords({ ip: '192.0.2.1', user_agent: agent }).replace(', from 192.0.2.1', '');

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const ANDROID = 'Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko)';
const WINDOWS =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

describe('a program', () => {
  it.each([
    [AGENTS.chrome, 'Chrome on Linux'],
    [AGENTS.iphone, 'Safari on iPhone'],
    [AGENTS.firefox, 'Firefox on Windows'],
    [`${MAC} Version/18.0 Safari/605.1.15`, 'Safari on Mac'],
    [`${MAC.replace('Macintosh; Intel', 'iPad;')} CriOS/140.0 Mobile/15E148 Safari/604.1`, 'Chrome on iPad'],
    [`${ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`, 'Samsung Internet on Android'],
    [`${WINDOWS} Edg/140.0.0.0`, 'Edge on Windows'],
    [`${WINDOWS} OPR/120.0.0.0`, 'Opera on Windows'],
    ['Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36', 'Chrome on ChromeOS'],
    ['Firefox/140.0', 'Firefox'],
  ])('%s is %s everywhere', (agent, words) => {
    expect([ofPages(agent), ofAudits(agent), agentWords(agent)]).toEqual([words, words, words]);
  });

  it.each([
    ['curl/8.5.0', 'curl'],
    [AGENTS.script, 'python-requests'],
    ['okhttp/4.12.0 (Linux)', 'okhttp'],
  ])('%s is %s where somebody looks, and never quoted in a mail', (agent, words) => {
    expect([ofPages(agent), ofAudits(agent)]).toEqual([words, words]);
    expect(agentWords(agent)).toMatch(/^a program /);
  });

  it('that is none of them is quoted, and shortened', () => {
    for (const agent of ['Visit https://evil.example now', 'x'.repeat(500)])
      expect(ofAudits(agent)).toBe(`“${ofPages(agent)}”`);
  });
});
