import { randomBytes, randomUUID } from 'node:crypto';
import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { instantOf, plus, type Instant } from '../domain/instant.js';

const secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const key = z.object({
  kid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  createdAt: z.iso.datetime({ precision: 3 }),
  /** From then on nothing it has signed is accepted. Not set: it is the current one, or is prepared to be the next. */
  retireAt: z.iso.datetime({ precision: 3 }).optional(),
});
const KeyFileShape = z.object({
  version: z.literal(1),
  /** Wraps the users' keys. */
  master: secret,
  /** Names the streams of addresses. */
  lookup: secret,
  /** Sign refresh tokens (HMAC); the first is the current one. */
  refresh: z.array(key.extend({ secret })).min(1),
  /** Sign access tokens (Ed25519); the first is the current one. */
  access: z
    .array(
      key.extend({
        jwk: z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: secret, d: secret }),
      }),
    )
    .min(1),
});

/** The keys of an installation, as they lie in the file: secrets in base64url, newest signing keys first. */
export type KeyFile = z.infer<typeof KeyFileShape>;
type RefreshKey = KeyFile['refresh'][number];
type AccessKey = KeyFile['access'][number];
type SigningKey = RefreshKey | AccessKey;

/** The key file is missing, not readable, readable by others, or not what it should be. The message holds no secret. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
  /** Whether there is no such file. */
  readonly missing: boolean;

  constructor(file: string, reason: string, { missing = false } = {}) {
    super(`keys in ${file}: ${reason}`);
    this.missing = missing;
  }
}

/** Reads and checks a key file. Rejects with `KeyFileError`. */
export async function readKeyFile(file: string): Promise<KeyFile> {
  const text = await readPrivately(file);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new KeyFileError(file, 'not JSON');
  }
  const parsed = KeyFileShape.safeParse(json);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map((issue) => issue.path.join('.') || 'all of it');
  throw new KeyFileError(file, `not as expected: ${[...new Set(places)].join(', ')}`);
}

/**
 * Makes new keys and stores them where no file is yet, readable by the owner alone. If another process was first its file stays.
 * Resolves to what the file holds then.
 */
export async function createKeyFile(file: string, now: Instant): Promise<KeyFile> {
  await createNewKeyFile(file, now);
  return readKeyFile(file);
}

/** Likewise; resolves to whether the file was made, false if there was one. */
export async function createNewKeyFile(file: string, now: Instant): Promise<boolean> {
  const keys: KeyFile = {
    version: 1,
    master: newSecret(),
    lookup: newSecret(),
    refresh: [newRefreshKey(now)],
    access: [await newAccessKey(now)],
  };
  const temporary = await writeBeside(file, keys);
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw failed(file, 'cannot be created', error);
    return false;
  } finally {
    await unlink(temporary);
  }
}

/** Replaces the file in one step. */
export async function writeKeyFile(file: string, keys: KeyFile): Promise<void> {
  const temporary = await writeBeside(file, keys);
  try {
    await rename(temporary, file);
  } catch (error) {
    throw failed(file, 'cannot be written', error);
  }
}

/**
 * The keys with others that verify already and sign nothing yet: those of the next rotation. Keys that were prepared before
 * and wait still stay the only ones.
 */
export async function prepareKeys(keys: KeyFile, now: Instant): Promise<KeyFile> {
  return {
    ...keys,
    refresh: [...keys.refresh, ...(isPrepared(keys.refresh) ? [] : [newRefreshKey(now)])],
    access: [...keys.access, ...(isPrepared(keys.access) ? [] : [await newAccessKey(now)])],
  };
}

/**
 * The keys with the prepared signing keys, or new ones, as the current ones. The former ones go on verifying for `overlapMs`;
 * those whose end has come are left out. Master and lookup key stay: what they protect cannot be made anew.
 */
export async function rotateKeys(keys: KeyFile, now: Instant, overlapMs: number): Promise<KeyFile> {
  const retireAt = plus(now, overlapMs);
  const rotated = <K extends SigningKey>(current: K, former: readonly K[]): K[] => [
    current,
    ...former
      .filter((one) => one !== current)
      .map((one) => ({ ...one, retireAt: one.retireAt ?? retireAt }))
      .filter((one) => one.retireAt > now),
  ];
  return {
    ...keys,
    refresh: rotated(preparedOf(keys.refresh) ?? newRefreshKey(now), keys.refresh),
    access: rotated(preparedOf(keys.access) ?? (await newAccessKey(now)), keys.access),
  };
}

/** The key that waits for the next rotation: not the current one, and not one that was current and retires. */
function preparedOf<K extends SigningKey>([, ...others]: readonly K[]): K | undefined {
  return others.find(({ retireAt }) => retireAt === undefined);
}

function isPrepared(keys: readonly SigningKey[]): boolean {
  return preparedOf(keys) !== undefined;
}

async function readPrivately(file: string): Promise<string> {
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) throw new KeyFileError(file, 'readable or writable by others; set its mode to 600');
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    if (codeOf(error) === 'ENOENT') throw new KeyFileError(file, 'no such file', { missing: true });
    throw failed(file, 'cannot be read', error);
  }
}

/** Writes the keys to a new file in the same folder, flushed to the disk; resolves to its path. */
async function writeBeside(file: string, keys: KeyFile): Promise<string> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(keys, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw failed(file, 'cannot be written', error);
  }
  return temporary;
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function newKid(): string {
  return randomBytes(9).toString('base64url');
}

function newRefreshKey(createdAt: Instant): RefreshKey {
  return { kid: newKid(), createdAt, secret: newSecret() };
}

async function newAccessKey(createdAt: Instant): Promise<AccessKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x = '', d = '' } = await exportJWK(privateKey);
  return { kid: newKid(), createdAt, jwk: { kty: 'OKP', crv: 'Ed25519', x, d } };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
}

function failed(file: string, what: string, error: unknown): KeyFileError {
  return new KeyFileError(file, `${what} (${codeOf(error)})`);
}

/** When a key stops verifying, as an instant in the file; false if it has by then. */
export function verifiesAt({ retireAt }: { readonly retireAt?: Instant | undefined }, now: number): boolean {
  return retireAt === undefined || instantOf(now) < retireAt;
}
