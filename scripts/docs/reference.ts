import { VARIABLES } from '../../src/config/environment.js';
import { RefusedError } from '../cli/errors.js';

const BEGIN = '<!-- configuration: written by npm run docs -->';
const END = '<!-- end of configuration -->';

/** A document with the reference of the configuration between its two marks. Throws `RefusedError` if they are missing. */
export function withReference(file: string, document: string): string {
  const [before, rest, ...more] = document.split(BEGIN);
  const [former, after, ...others] = rest?.split(END) ?? [];
  if (before === undefined || former === undefined || after === undefined || more.length + others.length > 0)
    throw new RefusedError(`${file} must hold once each, in this order: ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${reference()}\n\n${END}${after}`;
}

/** The variables as a table: name, default, meaning. */
function reference(): string {
  const rows = Object.entries(VARIABLES).map(
    ([name, { fallback, description }]) =>
      `| \`${name}\` | ${fallback === null ? '' : `\`${fallback}\``} | ${description} |`,
  );
  return ['| variable | default | |', '|---|---|---|', ...rows].join('\n');
}
