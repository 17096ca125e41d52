// @ts-check
/**
 * Proofs of possession (DPoP, RFC 9449) for auth.js, which loads this module only for `createAuth({ dpop: true })`.
 *
 * What it promises:
 *  - The private key cannot be read by any script (`extractable: false`). It is in IndexedDB, one for each API, and all tabs and workers
 *    of the page's origin use it. Two tabs that begin at once end up with one key.
 *  - Sign-ins, refreshes and sign-outs carry a proof, and so does each request with an access token that is bound to the key, which then
 *    is sent as `DPoP` instead of `Bearer`. A token that is bound to no key stays a Bearer token: a session from before is bound at its
 *    next refresh.
 *  - A server that wants a nonce gets it, by one more request. If a proof is refused and this clock differs from the server's, the
 *    proof is made once more by the server's clock.
 *  - Signing out leaves the key alone, since other tabs and the next sign-in use it.
 *  - Where the browser keeps no key, sign-ins reject with `DpopUnavailableError`: a session that was to be bound never begins unbound.
 *  - If the browser has dropped the key, the sessions that were bound to it end here, as for any token that is of no use any more. The
 *    server never sees them with another key, which it would take for theft.
 *
 * The types are in auth-dpop.d.ts.
 */

/** @typedef {{ pair: CryptoKeyPair, jwk: object, jkt: string }} Key `jkt` is the thumbprint (RFC 7638). */

const STORE = 'keys';
/** How long IndexedDB may take: some browsers in private mode never answer. */
const OPEN_MS = 5000;
/** A clock that is off by less is not why a proof was refused. */
const SKEW_MS = 15000;

/** @typedef {{ nonce: string | undefined, ahead: number }} Learnt The nonce that a server gave last, and how far its clock is ahead. */

/** The nonces by the origin that gave them. @type {Map<string, string>} */
const nonces = new Map();
/** One for all servers: it is the clock of this machine that is wrong. */
let ahead = 0;
/** The keys found so far, by the names of database and entry. @type {Map<string, Key>} */
const found = new Map();

export class DpopUnavailableError extends Error {
  /** @param {unknown} [cause] */
  constructor(cause) {
    super('This browser keeps no key for DPoP: IndexedDB or Web Crypto is missing, blocked or broken.', { cause });
    this.name = 'DpopUnavailableError';
    this.code = 'dpop_unavailable';
  }
}

/** @param {ArrayBuffer | Uint8Array<ArrayBuffer>} bytes */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=/g, '');
/** @param {string} text */
const bytesOf = (text) => new TextEncoder().encode(text);
/** @param {string} text */
const hashOf = async (text) => base64url(await crypto.subtle.digest('SHA-256', bytesOf(text)));
/** @param {object} value */
const encoded = (value) => base64url(bytesOf(JSON.stringify(value)));

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    setTimeout(() => reject(new DOMException('IndexedDB does not answer', 'TimeoutError')), OPEN_MS);
  });

/**
 * The pair of keys under a name. One that is given is stored if there is none yet: a transaction that writes runs alone, in all tabs.
 *
 * @param {string} database @param {string} name @param {CryptoKeyPair} [made] @returns {Promise<CryptoKeyPair | undefined>}
 */
const stored = async (database, name, made) => {
  const opening = indexedDB.open(database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const connection = await done(opening);
  try {
    const transaction = connection.transaction(STORE, made ? 'readwrite' : 'readonly');
    const committed = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    // Where something else fails first, nobody waits for it.
    committed.catch(() => {});
    const keys = transaction.objectStore(STORE);
    const there = await done(keys.get(name));
    if (!there && made) keys.put(made, name);
    await committed;
    return there ?? made;
  } finally {
    connection.close();
  }
};

/**
 * The key as it is stored now. One that this page has found before is put back, if the browser has dropped it since.
 *
 * @param {string} database @param {string} name @param {boolean} make whether to make one if there is none @returns {Promise<Key | null>}
 */
const load = async (database, name, make) => {
  const entry = `${database} ${name}`;
  try {
    let pair = await stored(database, name, found.get(entry)?.pair);
    if (!pair) {
      if (!make) return null;
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
      const made = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
      pair = /** @type {CryptoKeyPair} */ (await stored(database, name, made));
    }
    const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    // In the order that the thumbprint wants (RFC 7638 §3.2).
    const jwk = { crv, kty, x, y };
    const key = { pair, jwk, jkt: await hashOf(JSON.stringify(jwk)) };
    found.set(entry, key);
    return key;
  } catch (error) {
    throw new DpopUnavailableError(error);
  }
};
/** The key of that thumbprint; null if there is none, or only another one. @param {string} database @param {string} name @param {string} jkt */
const keyOf = async (database, name, jkt) => {
  const known = found.get(`${database} ${name}`);
  const key = known?.jkt === jkt ? known : await load(database, name, false);
  return key?.jkt === jkt ? key : null;
};

/** Notes outside the place of the key whether there was one. @param {string} name @param {boolean} was */
const remember = (name, was) => {
  try {
    if (was) localStorage.setItem(name, 'true');
    else localStorage.removeItem(name);
  } catch {
    // Blocked or full, or a worker.
  }
};
/** Whether there never was a key, as far as this can be known here. @param {string} name */
const isFirst = (name) => {
  try {
    return localStorage.getItem(name) === null;
  } catch {
    return false;
  }
};

/** The thumbprint that an access token is bound to (RFC 9449 §6.1); undefined if it is bound to none. @param {string} token @returns {string | undefined} */
const boundTo = (token) => {
  try {
    return JSON.parse(atob(String(token.split('.')[1]).replace(/-/g, '+').replace(/_/g, '/'))).cnf?.jkt;
  } catch {
    return undefined;
  }
};

/** @param {Key} key @param {Learnt} learnt @param {{ method: string, url: URL, access: string | undefined }} request */
const proofOf = async ({ pair, jwk }, { nonce, ahead }, { method, url, access }) => {
  const claims = {
    jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
    htm: method,
    htu: url.origin + url.pathname,
    iat: Math.floor((Date.now() + ahead) / 1000),
    ...(nonce && { nonce }),
    ...(access && { ath: await hashOf(access) }),
  };
  const signed = `${encoded({ typ: 'dpop+jwt', alg: 'ES256', jwk })}.${encoded(claims)}`;
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, bytesOf(signed));
  return `${signed}.${base64url(signature)}`;
};

/** What a resource says of the proof (RFC 9449 §7.1 and §9). @param {Response} answer @returns {string} empty if it says nothing */
const challengeOf = ({ headers }) => /\bDPoP\b.*\berror="?(\w+)/.exec(headers.get('WWW-Authenticate') ?? '')?.[1] ?? '';
/** What an endpoint that hands out tokens says. @param {Response} answer @returns {Promise<string>} */
const codeOf = async (answer) => {
  if (answer.status !== 400) return '';
  const body = answer.clone().json();
  return String((await body.catch(() => null))?.code);
};

/** Learns from an answer; says whether another proof would be a better one. @param {string} origin @param {Learnt} used @param {{ answer: Response, error: string }} what */
const learn = (origin, used, { answer: { headers }, error }) => {
  const nonce = headers.get('DPoP-Nonce');
  if (nonce) nonces.set(origin, nonce);
  const now = Date.parse(headers.get('Date') ?? '') - Date.now();
  const isOff = error === 'invalid_dpop_proof' && Math.abs(now - used.ahead) > SKEW_MS;
  if (isOff) ahead = now;
  return isOff || (error === 'use_dpop_nonce' && nonces.get(origin) !== used.nonce);
};

/** As an answer of the server whose code ends the session. */
const useless = () => {
  const problem = { title: 'The token is not valid', status: 401, code: 'token_invalid', detail: 'The key is gone.' };
  return new Response(JSON.stringify(problem), { status: 401, headers: { 'Content-Type': 'application/problem+json' } });
};

/** @type {typeof import('./auth-dpop.d.ts').dpopFetch} */
export const dpopFetch = (base, storageKey = 'tokenledger') => {
  const database = `${storageKey}.dpop`;
  return async (input, init) => {
    const whole = input instanceof Request ? input : null;
    const url = new URL(whole?.url ?? /** @type {string | URL} */ (input), globalThis.location?.href);
    const headers = new Headers(init?.headers ?? whole?.headers);
    const method = (init?.method ?? whole?.method ?? 'GET').toUpperCase();
    const plain = () => fetch(whole ?? url, init);
    /** With a proof, and again as long as the answer teaches something. @param {Key} key @param {string} [access] */
    const prove = async (key, access) => {
      if (access) headers.set('Authorization', `DPoP ${access}`);
      for (let tries = 1; ; tries += 1) {
        const used = { nonce: nonces.get(url.origin), ahead };
        headers.set('DPoP', await proofOf(key, used, { method, url, access }));
        const answer = await fetch(whole?.clone() ?? url, { ...init, headers });
        const error = access ? challengeOf(answer) : await codeOf(answer);
        // The nonce is one thing to learn, the time another.
        if (!learn(url.origin, used, { answer, error }) || tries === 3) return answer;
      }
    };

    const access = /^Bearer +(\S+)$/i.exec(headers.get('Authorization') ?? '')?.[1];
    if (access) {
      const jkt = boundTo(access);
      const key = jkt ? await keyOf(database, base, jkt) : null;
      // Without its key, a token is refused whatever is sent with it.
      return key ? prove(key, access) : plain();
    }
    /** Nobody can do anything with the session any more, if it was bound to a key that is lost. @param {Response} answer */
    const withoutKey = async (answer) => ((await codeOf(answer)) === 'invalid_dpop_proof' ? useless() : answer);
    if (url.href === `${base}/logout`) {
      // A session that is bound to no key can be ended where the browser keeps none.
      const key = await load(database, base, false).catch(() => null);
      return key ? prove(key) : withoutKey(await plain());
    }
    const isRefresh = url.href === `${base}/refresh`;
    if (!isRefresh && url.href !== `${base}/login`) return plain();
    // A refresh makes no key in the place of one that is lost.
    const key = await load(database, base, !isRefresh || isFirst(database));
    if (key) {
      remember(database, true);
      return prove(key);
    }
    const answer = await plain();
    // The session was not bound to the key that is lost.
    if (answer.ok) remember(database, false);
    return withoutKey(answer);
  };
};
