// @ts-check
/** How people call a program that names itself in a User-Agent header: by the rules of src/security/user-agent.ts. */

const BROWSERS = /** @type {const} */ ([
  ['Edge', /\bEdg(?:e|A|iOS)?\/\d/],
  ['Opera', /\bOPR\/\d/],
  ['Samsung Internet', /\bSamsungBrowser\/\d/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/\d/],
  ['Chrome', /(?:Chrome|Chromium|CriOS)\/\d/],
  ['Safari', /\bVersion\/[\d.]+ (?:Mobile\/\S+ )?Safari\//],
]);
const SYSTEMS = /** @type {const} */ ([
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['Mac', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
]);
/** `name/version` at the beginning, as programs and libraries write it. */
const PROGRAM = /^([\w.-]{1,40})\/\d/;
const MAX_CHARACTERS = 60;

/**
 * "Chrome on Linux"; a program's own name; what is neither stays as it is, shortened.
 *
 * @param {string | null} agent
 */
export const agentWords = (agent) => {
  if (!agent) return 'Unknown browser or app';
  const browser = BROWSERS.find(([, pattern]) => pattern.test(agent));
  const system = SYSTEMS.find(([, pattern]) => pattern.test(agent));
  if (browser) return system ? `${browser[0]} on ${system[0]}` : browser[0];
  const program = agent.startsWith('Mozilla/') ? undefined : PROGRAM.exec(agent)?.[1];
  if (program) return program;
  return agent.length > MAX_CHARACTERS ? `${[...agent].slice(0, MAX_CHARACTERS).join('')}…` : agent;
};

/** @param {string | null} agent */
export const isPhone = (agent) => /\b(?:Mobile|Android|iPhone|iPad)\b/.test(agent ?? '');

/**
 * What a device is called: as its user calls it, or by its browser.
 *
 * @param {{ device_name: string | null, user_agent?: string | null }} device
 */
export const nameOf = ({ device_name: name, user_agent: agent }) =>
  name ?? (agent === undefined ? 'A browser or app' : agentWords(agent));
