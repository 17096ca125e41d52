import { createSecretKey, webcrypto, type KeyObject } from 'node:crypto';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { type KeyFile, verifiesAt } from './key-file.js';

/** A key that signs now, and its name. */
export interface SigningKey<K> {
  readonly kid: string;
  readonly key: K;
}

interface Held<K> extends SigningKey<K> {
  readonly retireAt: string | undefined;
}

interface HeldAccessKey extends Held<CryptoKey> {
  readonly publicKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** A refresh token cannot be signed again: the key that signed it is no longer in the key file. */
export class UnknownKeyError extends Error {
  override readonly name = 'UnknownKeyError';
}

/** The keys in use, ready to sign and verify with. Reloading takes effect for all who hold the keyring. */
export class Keyring {
  readonly master: KeyObject;
  readonly lookup: KeyObject;
  #refresh: readonly [Held<CryptoKey>, ...Held<CryptoKey>[]];
  #access: readonly [HeldAccessKey, ...HeldAccessKey[]];

  private constructor(
    keys: KeyFile,
    refresh: readonly [Held<CryptoKey>, ...Held<CryptoKey>[]],
    access: readonly [HeldAccessKey, ...HeldAccessKey[]],
  ) {
    this.master = secretKey(keys.master);
    this.lookup = secretKey(keys.lookup);
    this.#refresh = refresh;
    this.#access = access;
  }

  static async from(keys: KeyFile): Promise<Keyring> {
    return new Keyring(keys, await refreshKeys(keys), await accessKeys(keys));
  }

  /** Takes the signing keys of a key file that was rotated. Master and lookup key cannot change. */
  async reload(keys: KeyFile): Promise<void> {
    const [refresh, access] = await Promise.all([refreshKeys(keys), accessKeys(keys)]);
    this.#refresh = refresh;
    this.#access = access;
  }

  /** The key that signs new refresh tokens. */
  get refreshKey(): SigningKey<CryptoKey> {
    return this.#refresh[0];
  }

  /** The key that signs access tokens. */
  get accessKey(): SigningKey<CryptoKey> {
    return this.#access[0];
  }

  /** The key by which a refresh token was signed, to verify it or to make it again; null if there is none any more. */
  refreshKeyOf(kid: string | undefined, now: number): CryptoKey | null {
    return this.#refresh.find((held) => held.kid === kid && verifiesAt(held, now))?.key ?? null;
  }

  /** The public key by which an access token verifies; null if there is none any more. */
  accessVerifierOf(kid: string | undefined, now: number): CryptoKey | null {
    return this.#access.find((held) => held.kid === kid && verifiesAt(held, now))?.publicKey ?? null;
  }

  /** The public keys as a JWK Set (RFC 7517 §5). */
  jwks(now: number): { readonly keys: readonly JWK[] } {
    return { keys: this.#access.filter((held) => verifiesAt(held, now)).map(({ publicJwk }) => publicJwk) };
  }
}

async function refreshKeys({ refresh }: KeyFile): Promise<readonly [Held<CryptoKey>, ...Held<CryptoKey>[]]> {
  return notEmpty(await Promise.all(refresh.map(heldRefreshKey)));
}

/** Imported once: a key given as bytes would be imported again at every signature. */
async function heldRefreshKey({ kid, secret, retireAt }: KeyFile['refresh'][number]): Promise<Held<CryptoKey>> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = Buffer.from(secret, 'base64url');
  const key = await webcrypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify']);
  return { kid, key, retireAt };
}

async function accessKeys({ access }: KeyFile): Promise<readonly [HeldAccessKey, ...HeldAccessKey[]]> {
  return notEmpty(await Promise.all(access.map(heldAccessKey)));
}

async function heldAccessKey({ kid, jwk, retireAt }: KeyFile['access'][number]): Promise<HeldAccessKey> {
  const { kty, crv, x } = jwk;
  const publicJwk = { kty, crv, x, kid, use: 'sig', alg: 'EdDSA' };
  const [key, publicKey] = await Promise.all([importJWK(jwk, 'EdDSA'), importJWK(publicJwk, 'EdDSA')]);
  return { kid, key, publicKey, publicJwk, retireAt };
}

function secretKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, 'base64url'));
}

function notEmpty<T>(items: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = items;
  if (first === undefined) throw new RangeError('a key file holds at least one key of each kind');
  return [first, ...rest];
}
