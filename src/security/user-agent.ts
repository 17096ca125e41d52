const BROWSERS = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/\d/],
  ['Opera', /\bOPR\/\d/],
  ['Samsung Internet', /\bSamsungBrowser\/\d/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/\d/],
  ['Chrome', /(?:Chrome|Chromium|CriOS)\/\d/],
  ['Safari', /\bVersion\/[\d.]+ (?:Mobile\/\S+ )?Safari\//],
] as const;
const SYSTEMS = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['Mac', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
] as const;
// `name/version` at the beginning, as programs and libraries write it.
const PROGRAM = /^([\w.-]{1,40})\/\d/;

/** What a User-Agent header says, as people call it; each null where it is not known. */
export interface UserAgent {
  readonly browser: string | null;
  readonly system: string | null;
  /** The name that a program which is no browser gives itself: a stranger chooses it. */
  readonly program: string | null;
}

/** Reads a User-Agent header. The pages read it alike (public/js/agent-words.js). */
export function readUserAgent(agent: string): UserAgent {
  const browser = BROWSERS.find(([, pattern]) => pattern.test(agent))?.[0] ?? null;
  const system = SYSTEMS.find(([, pattern]) => pattern.test(agent))?.[0] ?? null;
  const isProgram = browser === null && !agent.startsWith('Mozilla/');
  return { browser, system, program: isProgram ? (PROGRAM.exec(agent)?.[1] ?? null) : null };
}

/** `Chrome on Linux`, or the browser alone. */
export function browserWords(browser: string, system: string | null): string {
  return system === null ? browser : `${browser} on ${system}`;
}
