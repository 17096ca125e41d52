/** A decimal as the PHC string format has it: without leading zeros. */
const DECIMAL = '(0|[1-9]\\d*)';
/** Argon2id in the PHC string format, as https://www.npmjs.com/package/@node-rs/argon2 and the `argon2` command write it. */
const ARGON2ID = new RegExp(
  `^\\$argon2id\\$v=(?:16|19)\\$m=${DECIMAL},t=${DECIMAL},p=${DECIMAL}\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)$`,
);
/** KiB of memory for each lane, by RFC 9106 §3.1. */
const MIN_KIB_PER_LANE = 8;
/** 1 GiB. A check of a secret that needs more takes the memory of the whole server. */
const MAX_KIB = 2 ** 20;
const MAX_PASSES = 100;
const MAX_LANES = 16;
/** Bytes. The least are those of the library that checks. */
const SALT = { min: 8, max: 64 };
const OUTPUT = { min: 4, max: 64 };

/** Why a text is no Argon2id hash that this server can check, to follow the name of its place; null if it is one. Hashes nothing. */
export function problemOfArgon2idHash(text: string): string | null {
  const [, m, t, p, salt = '', output = ''] = ARGON2ID.exec(text) ?? [];
  if (output === '') return 'must be an Argon2id hash ($argon2id$v=19$…)';
  const [memory, passes, lanes] = [Number(m), Number(t), Number(p)];
  if (lanes < 1 || lanes > MAX_LANES) return `must have p from 1 to ${MAX_LANES}`;
  if (passes < 1 || passes > MAX_PASSES) return `must have t from 1 to ${MAX_PASSES}`;
  const least = MIN_KIB_PER_LANE * lanes;
  if (memory < least || memory > MAX_KIB) return `must have m from ${least} (8 for each p) to ${MAX_KIB}`;
  return problemOfBytes('a salt', salt, SALT) ?? problemOfBytes('an output', output, OUTPUT);
}

function problemOfBytes(
  what: string,
  text: string,
  { min, max }: { readonly min: number; readonly max: number },
): string | null {
  const bytes = Buffer.from(text, 'base64');
  // The library takes only the one way to write these bytes.
  const isCanonical = bytes.toString('base64').replace(/=+$/, '') === text;
  return isCanonical && bytes.length >= min && bytes.length <= max
    ? null
    : `must have ${what} of ${min} to ${max} bytes in base64 without padding`;
}
