import { readFileSync } from 'node:fs';
import { codeOf, ConfigError } from './errors.js';
import { LIMIT_VARIABLES } from './limit-variables.js';
import { MAIL_VARIABLES } from './mail-variables.js';
import { OAUTH_VARIABLES } from './oauth-variables.js';
import { SEAL_VARIABLES } from './seal-variables.js';
import { SERVER_VARIABLES } from './server-variables.js';
import { STORE_VARIABLES } from './store-variables.js';
import { TOKEN_VARIABLES } from './token-variables.js';
import type { ValuesOf, Variable, Variables } from './variable.js';

/** The environment variables of a process, as the system gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every variable there is. `npm run docs` writes the reference of the configuration from it. */
export const VARIABLES = {
  ...TOKEN_VARIABLES,
  ...SERVER_VARIABLES,
  ...STORE_VARIABLES,
  ...OAUTH_VARIABLES,
  ...LIMIT_VARIABLES,
  ...MAIL_VARIABLES,
  ...SEAL_VARIABLES,
} as const;

/**
 * The checked values of some variables; an empty one counts as not set. Throws one `ConfigError` that holds a sentence for each
 * variable that is wrong: its name and what to do, never its value.
 */
export function readValues<V extends Variables>(variables: V, environment: Environment): ValuesOf<V> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, variable] of Object.entries(variables)) {
    const given = textOf(name, variable, environment);
    const text = 'problem' in given ? null : (given.text ?? variable.fallback);
    if ('problem' in given) problems.push(given.problem);
    const checked = text === null ? { success: true as const, data: null } : variable.check.safeParse(text);
    if (checked.success) values[name] = checked.data;
    else problems.push(sentence(name, variable, checked.error.issues[0]?.message ?? 'is not usable'));
  }
  if (problems.length > 0) throw new ConfigError(problems.join(' '));
  return values as ValuesOf<V>;
}

function sentence(name: string, { fallback }: Variable<unknown>, message: string): string {
  return `${name} ${message}${fallback === null ? '' : ` (not set, it is ${fallback})`}.`;
}

type Given = { readonly text: string | null } | { readonly problem: string };

/** What a variable is set to, by itself or by a file; null if it is not set. */
function textOf(name: string, { secret }: Variable<unknown>, environment: Environment): Given {
  const text = environment[name] === '' ? null : (environment[name] ?? null);
  const fileName = `${name}_FILE`;
  const file = secret ? environment[fileName] : undefined;
  if (file === undefined || file === '') return { text };
  if (text !== null) return { problem: `${name} and ${fileName} are both set: remove one of them.` };
  try {
    const content = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return content === '' ? { problem: `${fileName} names an empty file: write the value into it.` } : { text: content };
  } catch (error) {
    const problem = `${fileName} names a file that cannot be read (${codeOf(error)}): correct the path or its rights.`;
    return { problem };
  }
}
