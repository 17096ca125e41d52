// @ts-check
/**
 * Signing in and staying signed in, for a page in a browser: one module, no dependency.
 *
 *     import { createAuth } from './auth.js';
 *     const auth = createAuth();
 *     await auth.login({ email, password });
 *     const answer = await auth.apiRequest('/api/v1/auth/me');
 *
 * What it promises:
 *  - The Bearer token goes to the API's origin alone. A request that carries it follows no redirect.
 *  - However many requests, tabs and workers find the access token old, one refresh serves them all; each request that was answered
 *    401 is then sent once more, with its body, and never with the token of another session than the one it began in.
 *  - Each token has an attempt key, made when the token is stored and kept beside it. Every try to refresh that token, from whatever
 *    tab, sends it as `Idempotency-Key` until an answer settles the matter. So a late retry gets the answer that was lost.
 *  - Only problem details (RFC 9457) with a code of this server settle anything. Being offline, a 5xx, and whatever a gateway or a
 *    captive portal says never end a session, nor do they count as a sign-out.
 *  - While the page is open, a timer refreshes before the tokens expire, also without requests.
 *  - A resource that answers 401 does not cost a rotation a call: a token that is seconds old is not refreshed for it.
 *  - Signing out clears this browser's tokens at once, in all its tabs, whether or not the server can be reached.
 *
 * Where the tokens are: in cookie mode (the default) the refresh token is in an HttpOnly cookie and the access token only in memory
 * (other tabs get it over a BroadcastChannel); localStorage then holds no token. With `mode: 'storage'` both are in localStorage,
 * which any script of the page's origin can read.
 *
 * Signed out while the server could not be reached: that is made good when the browser is online again or the page is looked at.
 * Until then a token from localStorage is only in the memory of its page, since a browser somebody has signed out of must store no
 * token; if the page is closed first, it dies of its idle expiry or when signed out elsewhere. A cookie cannot be dropped from here,
 * so that sign-out is remembered, and made good also when the page is next opened.
 *
 * Where localStorage is blocked or full, what it does not take lasts as long as the page; other tabs are signed out then. A worker, which has no localStorage, gets
 * the session from a tab over the channel and passes its own refreshes back.
 *
 * With `dpop: true` sessions are bound to a key that no script can read (RFC 9449): auth-dpop.js, which is loaded only then.
 *
 * The types, and what each method does, are in auth.d.ts.
 */

/** @typedef {import('./auth.d.ts').Auth} Auth */
/** @typedef {import('./auth.d.ts').Session} Session */
/** @typedef {import('./auth.d.ts').AuthReason} Reason */
/** @typedef {import('./auth.d.ts').AuthListener} AuthListener */
/**
 * @typedef {object} Stored The session as kept in localStorage. `serial` names this very pair of tokens, and is greater than that of
 *   the pair before.
 * @property {number} serial
 * @property {string} key The attempt key of its refresh token, or of the one in the cookie.
 * @property {string} sid
 * @property {string} deviceId
 * @property {string} [deviceName]
 * @property {boolean} cookie
 * @property {string} [access]
 * @property {string} [refresh]
 * @property {number} lifetime Milliseconds an access token lives.
 * @property {number} grace Milliseconds in which the server gives the answer of a refresh again, also without a key.
 * @property {number} accessExpiresAt
 * @property {number} refreshExpiresAt
 */
/** @typedef {{ serial: number, access: string } | null} Memory The access token of cookie mode, and the session it belongs to. */
/**
 * @typedef {object} News What instances send each other; null asks for it.
 * @property {string} [sid] The session that was changed.
 * @property {Reason} [reason] Why it ended.
 * @property {Stored | null} session What is stored now.
 * @property {Memory} memory
 * @property {boolean} kept Whether localStorage has it.
 */

const { max, min } = Math;
const { parse, stringify } = JSON;
/** What a page has and a worker or a server may not. */
const root = globalThis;
const JSON_BODY = { 'Content-Type': 'application/json' };
/** A token younger than that is not refreshed because of a resource's 401. */
const FRESH_MS = 10000;
/** Longest a timer runs: machines sleep, and timers do not count that time. */
const TICK_MS = 30000;

/** What localStorage did not take, for all instances of the page. @type {Map<string, string>} */
const untaken = new Map();

export class AuthError extends Error {
  /** @param {string} code @param {number} status @param {any} [problem] @param {number} [retryAfterSeconds] */
  constructor(code, status, problem, retryAfterSeconds) {
    super(problem?.detail ?? problem?.title ?? code);
    this.name = 'AuthError';
    this.code = code;
    this.status = status;
    this.problem = problem;
    this.errors = Array.isArray(problem?.errors) ? problem.errors : [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === 'string' && value !== '';

/** @param {number} ms */
const timeout = (ms) => AbortSignal.timeout(ms);
/** @param {Response} answer @param {string} name */
const header = (answer, name) => answer.headers.get(name);
/** @param {Response} answer @param {string} type */
const isOf = (answer, type) => header(answer, 'Content-Type')?.startsWith(`application/${type}`);

/** Its body, which can be read again. @param {Response} answer @param {(error: unknown) => unknown} otherwise @returns {Promise<any>} */
const json = (answer, otherwise) => answer.clone().json().catch(otherwise);
/**
 * What an answer says that is not the one hoped for; `unavailable` if that is nothing. A gateway, or a page of a hotel, may answer in
 * this server's place: only the codes of problem details are its own, and may settle anything. @param {Response} answer
 */
const refusal = async (answer) => {
  const problem = isOf(answer, 'problem+json') ? await json(answer, () => null) : null;
  const seconds = parseInt(header(answer, 'Retry-After') ?? '') || undefined;
  return new AuthError(isText(problem?.code) ? problem.code : 'unavailable', answer.status, problem, seconds);
};
/**
 * The body of the one answer that is a success: with that status, and with these members if it has a body. Rejects as fetch does if the
 * rest of it did not come. @param {Response} answer @param {number} status @param {string[]} members @returns {Promise<any>}
 */
const accepted = async (answer, status, ...members) => {
  if (answer.status === status) {
    const body =
      members[0] &&
      (await json(answer, (error) => {
        if (!(error instanceof SyntaxError)) throw error;
      }));
    if (members.every((member) => body?.[member])) return body;
  }
  throw await refusal(answer);
};
/** A token pair, without the refresh token in cookie mode. @param {Response} answer @param {boolean} cookie */
const pairOf = (answer, cookie) =>
  accepted(answer, 200, 'session_id', 'access_token', cookie ? 'session_id' : 'refresh_token');
/** Milliseconds since 1970 by this machine's clock. */
const now = () => Date.now();
const signedOut = () => new AuthError('signed_out', 401);

/** @param {string} sessionId */
const pathOf = (sessionId) => `devices/${encodeURIComponent(sessionId)}`;
/** @param {Request} request */
const isQuery = (request) => /^(GET|HEAD)$/.test(request.method);

/** 160 random bits. `randomUUID` has fewer, and needs a secure context. */
const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(20))].map((byte) => (byte + 256).toString(16).slice(1)).join('');

/** Waits, but not past the moment the browser is online again. @param {number} ms @returns {Promise<unknown>} */
const pause = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
    root.addEventListener?.('online', resolve, { once: true, signal: timeout(ms) });
  });

/** @template T @param {Promise<T>} work @param {AbortSignal | null | undefined} signal @returns {Promise<T>} */
const unlessAborted = (work, signal) =>
  new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason);
    // The signal may outlive many waits.
    void work.then(resolve, reject).then(() => signal?.removeEventListener('abort', abort));
    signal?.throwIfAborted();
    signal?.addEventListener('abort', abort);
  });

/** @type {typeof import('./auth.d.ts').createAuth} */
export const createAuth = ({
  apiOrigin = root.location?.origin,
  mode: usualMode = root.isSecureContext === false ? 'storage' : 'cookie',
  basePath = '/api/v1/auth',
  storageKey = 'tokenledger',
  lockWaitMs = 5000,
  retryForMs,
  requestTimeoutMs = 8000,
  dpop,
} = {}) => {
  /** Not on a server, where memory is shared by all who are served: nobody signs in there. */
  const live = typeof location === 'object';
  const { origin } = new URL(apiOrigin ?? 'https://x.invalid');
  const stop = new AbortController();
  let channel = live && root.BroadcastChannel ? new BroadcastChannel(storageKey) : null;
  /** @type {Storage | null} */
  let storage = null;
  try {
    storage = live ? localStorage : null;
  } catch {
    // Blocked, or a worker.
  }
  /** @type {Set<AuthListener>} */
  const listeners = new Set();
  /** Refresh tokens of sessions that have ended here, but not yet on the server. @type {Set<string>} */
  const owed = new Set();
  /** @type {Memory} */
  let memory = null;
  /** Called when another instance has handed over its access token. @type {(value?: unknown) => void} */
  let handedOver = () => {};
  /** @type {Promise<Stored> | null} */
  let refreshing = null;
  /** How old an access token must be for a resource's 401 to renew it; grows while renewing does not help. */
  let patience = FRESH_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** @param {string} name @returns {any} whatever is there: others may have written it */
  const read = (name) => {
    const key = `${storageKey}.${name}`;
    try {
      return parse(untaken.get(key) ?? storage?.getItem(key) ?? 'null');
    } catch {
      return null;
    }
  };
  /** @param {string} name @param {any} value null removes */
  const write = (name, value) => {
    const key = `${storageKey}.${name}`;
    const text = stringify(value);
    untaken.delete(key);
    try {
      if (value === null) storage?.removeItem(key);
      else /** @type {Storage} */ (storage).setItem(key, text);
    } catch {
      // What stays there must not be a refresh token that is used up while only this page has the next: that looks like theft. In the
      // moment before, its attempt key makes the two one.
      if (value && read(name)?.refresh !== value.refresh) write(name, null);
      untaken.set(key, text);
    }
  };
  /** @param {Stored | null} session */
  const save = (session) => write('session', session);
  /** @returns {Stored | null} */
  const load = () => {
    const it = read('session');
    const whole =
      isText(it?.sid) && [it.serial, it.lifetime, it.accessExpiresAt, it.refreshExpiresAt].every(Number.isFinite);
    return whole && (it.cookie === true || (isText(it.access) && isText(it.refresh))) ? it : null;
  };
  /** @returns {{ id?: string, name?: string }} */
  const device = () => {
    const it = read('device');
    return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(it?.id)
      ? { id: it.id, ...(isText(it.name) && { name: it.name }) }
      : {};
  };
  /** The positions of the log that queries have to show. They are opaque, so which is the later cannot be seen. @returns {string[]} */
  const positions = () => {
    const them = read('position');
    return Array.isArray(them) ? them.filter((it) => /^[\w.~+/=-]{1,200}$/.test(it)) : [];
  };
  /** What was known when the request was sent came before its answer. @param {Response} answer @param {string[]} known */
  const notePosition = (answer, known) => {
    const newest = header(answer, 'Log-Position');
    const others = positions().filter((it) => it !== newest && !known.includes(it));
    if (newest) write('position', [newest, ...others].slice(0, 4));
  };

  /** @param {Stored} stored @returns {Session} */
  const view = (stored) => ({
    sessionId: stored.sid,
    deviceId: stored.deviceId,
    deviceName: stored.deviceName,
    mode: stored.cookie ? 'cookie' : 'storage',
    accessExpiresAt: stored.accessExpiresAt,
    refreshExpiresAt: stored.refreshExpiresAt,
  });

  /** @param {Stored} stored */
  const accessOf = (stored) =>
    stored.cookie ? (memory?.serial === stored.serial ? memory.access : undefined) : stored.access;
  /** Milliseconds its access token has. @param {Stored} stored */
  const left = (stored) => stored.accessExpiresAt - now();
  /** Whether its access token will serve at least that share of its lifetime, at most `ms`. @param {Stored} stored @param {number} share @param {number} ms */
  const lasts = (stored, share, ms) => accessOf(stored) && left(stored) > min(ms, stored.lifetime * share);
  /** @param {Stored} stored */
  const usable = (stored) => lasts(stored, 0.05, 3000);

  /** To the other instances, also those of this page, which no storage event reaches. @param {string} [sid] @param {Reason} [reason] */
  const share = (sid, reason) =>
    channel?.postMessage({ sid, reason, session: load(), memory, kept: storage && !untaken.has(`${storageKey}.session`) });
  /** Asks the others for what they have. */
  const ask = () =>
    new Promise((resolve) => {
      handedOver = resolve;
      channel?.postMessage(null);
      void pause(100).then(resolve);
    });

  /** Why sessions ended, as others say. @type {Record<string, Reason | undefined>} */
  const causes = {};
  let seen = load();
  /** Reports it to the listeners if the stored session is no longer the one last seen. @param {Reason} [reason] known where it was done */
  const notice = (reason) => {
    const before = seen;
    seen = load();
    if (before?.serial === seen?.serial) return;
    const sid = before?.sid ?? '';
    const why = reason ?? (seen ? (sid === seen.sid ? 'refresh' : 'login') : (causes[sid] ?? 'logout'));
    if (!seen) memory = null;
    tick();
    for (const listener of listeners) {
      try {
        listener(seen && view(seen), why);
      } catch (error) {
        // The listener's own fault: neither the others nor the work that led here are to suffer for it.
        reportError(error);
      }
    }
  };
  /** Likewise when who did it has had time to say why, which takes another way than what is stored. */
  const later = () => void pause(100).then(() => notice());
  /** @param {Reason} reason */
  const forget = (reason) => {
    const sid = load()?.sid;
    save(null);
    share(sid, reason);
    notice(reason);
  };
  /** Signs out here; the server hears of a cookie's session later. @param {boolean | undefined} cookie */
  const leave = (cookie) => {
    if (cookie) write('unrevoked', true);
    forget('logout');
  };

  /** As fetch, with proofs of possession if they are wanted. @type {typeof fetch} */
  const exchange = async (...request) => {
    if (!live) throw signedOut();
    return (dpop ? (await import('./auth-dpop.js')).dpopFetch(origin + basePath, storageKey) : fetch)(...request);
  };

  /** @param {string} path @param {object} body @param {boolean} cookie @param {Record<string, string | undefined>} [headers] @param {boolean} [keepalive] lets it outlive the page */
  const post = async (path, body, cookie, headers, keepalive = false) => {
    const known = positions();
    const answer = await exchange(`${origin}${basePath}/${path}`, {
      method: 'POST',
      // The header no form and no foreign script can send: with the cookie it shows that this page asks.
      headers: { ...JSON_BODY, 'X-Requested-With': 'tokenledger', ...headers },
      body: stringify(body),
      credentials: cookie ? 'include' : 'same-origin',
      redirect: 'error',
      keepalive,
      signal: timeout(requestTimeoutMs),
    });
    notePosition(answer, known);
    return answer;
  };

  /** @param {any} tokens @param {boolean} cookie @param {number} asked when, so that the expiries err to the early side @returns {Stored} */
  const keep = (tokens, cookie, asked) => {
    const before = load();
    const lifetime = min(tokens.expires_in, tokens.refresh_expires_in) * 1000;
    const name = device().name ?? before?.deviceName;
    const stored = {
      serial: max(now(), (before?.serial ?? 0) + 1) + Math.random(),
      key: newKey(),
      sid: tokens.session_id,
      deviceId: tokens.device_id,
      ...(name && { deviceName: name }),
      cookie,
      lifetime,
      grace: (tokens.refresh_grace_seconds ?? 30) * 1000,
      accessExpiresAt: asked + lifetime,
      refreshExpiresAt: asked + tokens.refresh_expires_in * 1000,
      ...(!cookie && { access: tokens.access_token, refresh: tokens.refresh_token }),
    };
    save(stored);
    memory = cookie ? { serial: stored.serial, access: tokens.access_token } : null;
    share(stored.sid);
    return stored;
  };

  /**
   * One refresh, unless another tab has done it. Two tabs presenting one token with its key get one successor, so being alone here saves
   * requests and nothing more; a tab that finds other tokens stored than it presented leaves them alone.
   *
   * @param {string | undefined} stale the access token that will not do @returns {Promise<Stored>}
   */
  const rotate = async (stale) => {
    const begun = now();
    for (let wait = 250; ; wait *= 2) {
      let stored = load();
      // A page that was just opened: another tab may have the token.
      if (stored && !accessOf(stored)) {
        await ask();
        stored = load();
      }
      if (!stored) throw signedOut();
      if (accessOf(stored) !== stale && usable(stored)) return stored;
      const { serial, sid, cookie, refresh: token } = stored;
      if (!isText(stored.key)) save((stored = { ...stored, key: newKey() }));
      const superseded = () => load()?.serial !== serial;
      let failure;
      let final;
      try {
        const asked = now();
        const answer = await post('refresh', { refresh_token: token }, cookie, { 'Idempotency-Key': stored.key }, cookie);
        // The cookie has changed although the rest was cut off: what it holds now is another token, which has no key yet.
        if (cookie && answer.ok && isOf(answer, 'json'))
          await json(answer, () => superseded() || save({ ...stored, key: newKey() }));
        const tokens = await pairOf(answer, cookie);
        if (superseded()) continue;
        if (tokens.session_id === sid) {
          const next = keep(tokens, cookie, asked);
          notice('refresh');
          return next;
        }
        // The cookie is of another session, which must not slip into this one's place.
        final = true;
        failure = signedOut();
        write('unrevoked', true);
        forget('ended');
        await reportEnd();
      } catch (/** @type {any} */ error) {
        if (superseded()) continue;
        const { code, status, retryAfterSeconds = 0 } = error;
        // There is no cookie any more.
        const gone = code === 'validation_failed' && status === 422;
        failure = gone ? signedOut() : error;
        const ended = gone || /^(token_(invalid|expired|revoked|reused)|account_disabled)$/.test(code);
        if (ended) forget('ended');
        // The request itself is wrong, and would be again, or this browser keeps no key. Any other code says nothing of the session.
        final = ended || /^(origin|malformed|invalid|dpop)_/.test(code);
        wait = max(wait, retryAfterSeconds * 1000);
      }
      const longest = retryForMs ?? min(60000, max(20000, stored.grace - requestTimeoutMs || 0));
      if (final || stop.signal.aborted || now() + wait > begun + longest) throw failure;
      await pause(wait);
    }
  };

  /** Runs the work in one tab at a time, as far as the others let go of it in time. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  const alone = async (work) => {
    const locks = root.navigator?.locks;
    if (locks) {
      /** @type {Promise<T> | undefined} */
      let running;
      const start = () => (running = work());
      const waiting = locks.request(storageKey, { signal: timeout(lockWaitMs) }, start);
      // A tab that is frozen may keep the lock for ever: after the wait it is taken from it. The tab robbed goes on with its work.
      return waiting.catch(
        () => running ?? locks.request(storageKey, { steal: true }, start).catch(() => running ?? work()),
      );
    }
    // Web Locks need a secure context; without them a lease that runs out by itself does.
    const end = now() + lockWaitMs;
    while (now() < min(end, read('lease') ?? 0)) await pause(50);
    write('lease', now() + requestTimeoutMs);
    return work().finally(() => write('lease', null));
  };

  /** @param {string | undefined} stale */
  const refresh = (stale) =>
    (refreshing ??= alone(() => rotate(stale)).finally(() => {
      refreshing = null;
    }));

  /** Renews tokens that are soon to expire, also of a page that asks nothing. */
  const tick = () => {
    clearTimeout(timer);
    const stored = load();
    if (!stored || stop.signal.aborted) return;
    const rest = left(stored);
    // In the background a timer may come a minute late.
    const early = rest - min(90000, stored.lifetime * 0.2);
    // More left than it ever had: the clock was set back.
    const due = early <= 0 || rest > stored.lifetime + 1000;
    if (due) refresh(accessOf(stored)).catch(() => {});
    timer = setTimeout(tick, due ? TICK_MS : max(1000, min(TICK_MS, early)));
  };

  /** @param {Request} request @param {Stored | null} stored */
  const send = async (request, stored) => {
    const headers = new Headers(request.headers);
    const access = stored && accessOf(stored);
    if (access) headers.set('Authorization', `Bearer ${access}`);
    const known = positions();
    if (isQuery(request) && known[0]) headers.set('If-Log-Position', known.join(', '));
    const redirect = access && request.redirect === 'follow' ? 'error' : request.redirect;
    const answer = await exchange(new Request(request.clone(), { headers, redirect }));
    notePosition(answer, known);
    return answer;
  };
  /** Without localStorage the session is what others have. */
  const ready = live && !storage && !load() ? ask() : undefined;

  /** @type {Auth['apiRequest']} */
  const apiRequest = async (input, init) => {
    const whole = input instanceof Request ? input : null;
    const url = new URL(whole?.url ?? /** @type {string | URL} */ (input), origin);
    if (url.origin !== origin) return fetch(whole ?? url, init);
    // A stream can be sent once only, and over HTTP/1.1 not at all; a Request does not say whether it holds one.
    const stream =
      init?.body instanceof ReadableStream ? new Response(init.body) : init?.body == null && whole?.body ? whole : null;
    if (stream) init = { ...init, body: await unlessAborted(stream.blob(), init?.signal ?? whole?.signal) };
    const request = new Request(whole ?? url, init);
    if (ready) await ready;
    const begun = load();
    /** @param {string | undefined} stale */
    const renewed = async (stale) => {
      const next = await unlessAborted(refresh(stale), request.signal);
      // Somebody else may have signed in meanwhile, in another tab: what was asked in one's name is not done in another's.
      if (next.sid !== begun?.sid) throw signedOut();
      return next;
    };
    let stored = begun;
    if (stored && !usable(stored)) stored = await renewed(accessOf(stored));
    // Soon to expire: renewed beside the request, which does not wait and does not fail with it; onAuthChange reports if the session ended.
    else if (stored && !lasts(stored, 0.2, 60000)) refresh(accessOf(stored)).catch(() => {});
    const used = stored ? accessOf(stored) : undefined;
    let answer = await send(request, stored);
    // Only these are read: any other may be a stream without end.
    const codeOf = async () => ([400, 401, 503].includes(answer.status) ? (await refusal(answer)).code : '');
    let code = await codeOf();
    if (answer.status === 401 && stored) {
      const age = Math.abs(stored.lifetime - left(stored));
      const challenge = header(answer, 'WWW-Authenticate');
      // RFC 6750 §3.1: any other error, and any other scheme, is not about the token's age.
      const invalid = RegExp(`\\b(Bearer${dpop ? '|DPoP' : ''})\\s.*error="?invalid_token\\b`, 'i');
      const aboutToken = !challenge || invalid.test(challenge);
      // This server's own word counts against a fresh token too, once: its clock may differ, or the session may have ended elsewhere.
      const old = age > patience || (code.startsWith('token_') && patience === FRESH_MS);
      if (!aboutToken || !old || code === 'invalid_credentials') return answer;
      stored = await renewed(used);
      answer = await send(request, stored);
      patience = answer.status === 401 ? min(stored.lifetime, patience * 2) : FRESH_MS;
      code = await codeOf();
    }
    // From before the log was restored from a backup.
    if (code === 'invalid_log_position' && isQuery(request)) {
      write('position', null);
      return send(request, stored);
    }
    if (code === 'not_yet_visible') {
      await unlessAborted(pause(500), request.signal);
      return send(request, stored);
    }
    return answer;
  };

  /**
   * Asks an endpoint in the user's name. @param {string} path @param {string} method @param {object} [body]
   * @param {string} [member] of the answer, if it has a body @returns {Promise<any>}
   */
  const call = async (path, method, body, member) => {
    if (ready) await ready;
    if (!load()) throw signedOut();
    const answer = await apiRequest(`${basePath}/${path}`, {
      method,
      ...(body && { headers: JSON_BODY, body: stringify(body) }),
    });
    return member ? accepted(answer, 200, member) : accepted(answer, 204);
  };

  /** Reports to the server that a session has ended, once. @param {string} [token] none: the cookie's @returns {Promise<boolean>} whether it knows */
  const reportEnd = async (token) => {
    if (!token && !read('unrevoked')) return true;
    const unsettled = await post('logout', { refresh_token: token }, !token, {}, true)
      .then((answer) => accepted(answer, 204))
      // Or there is nothing that could be revoked.
      .catch(({ code }) => !/^(token_|validation_failed)/.test(code));
    if (unsettled) return false;
    if (token) owed.delete(token);
    else write('unrevoked', null);
    return true;
  };
  /** Likewise, but not while a sign-in is about to change the cookie; tries twice. @param {string} [token] */
  const revoke = async (token) => {
    if (token) owed.add(token);
    const once = () => (token ? reportEnd(token) : alone(() => reportEnd()));
    return (await once()) || pause(1000).then(once);
  };
  /** Signs out here after the session has ended. Of no use any more, the cookie need not stay either. @param {Stored | null} stored */
  const over = (stored) => {
    leave(stored?.cookie);
    if (stored?.cookie) void revoke();
  };
  /** Makes good what was missed, and what is owed to the server. */
  const wake = () => {
    later();
    tick();
    if (read('unrevoked') && !load()?.cookie) void alone(() => reportEnd());
    for (const token of owed) void reportEnd(token);
  };

  if (channel) {
    channel.onmessage = (/** @type {{ data: News | null }} */ { data }) => {
      const mine = load();
      if (!data) {
        if (mine && accessOf(mine)) share(mine.sid);
        return;
      }
      const { sid = '', reason, session, kept } = data;
      causes[sid] = reason;
      // From one that has localStorage to one that has none; from one that has none, if it is newer.
      const newer = !mine || !session || session.serial > mine.serial;
      if (kept ? !storage : newer && (mine ? mine.sid === sid : !storage)) save(session);
      if (data.memory) memory = data.memory;
      handedOver();
      notice();
    };
  }
  if (live) {
    const { signal } = stop;
    addEventListener(
      'storage',
      ({ key }) => {
        // Another page has put it there, or has taken away what it could not replace: what this page kept is older.
        untaken.delete(/** @type {string} */ (key));
        later();
      },
      { signal },
    );
    // A tab that was frozen or in the back/forward cache has missed the events of the others, and its timer.
    for (const event of ['pageshow', 'focus', 'online']) addEventListener(event, wake, { signal });
    wake();
  }

  return {
    async login({ email, password, deviceName, remember, mode = usualMode }) {
      if (!live) throw signedOut();
      // A mode that is none keeps no token where scripts can read it.
      const cookie = mode !== 'storage';
      const known = device();
      // Chosen here, so that a sign-in whose answer is lost leaves no device behind that nobody has: the next takes its place.
      const id = known.id ?? crypto.randomUUID?.();
      const name = deviceName || known.name;
      write('device', { ...known, id });
      return alone(async () => {
        const before = load();
        if (before?.cookie) leave(true);
        await reportEnd();
        const asked = now();
        const body = { email, password, device_id: id, device_name: name, ...(cookie && { mode, remember }) };
        const answer = await post('login', body, cookie);
        const tokens = await pairOf(answer, cookie);
        write('device', { id: tokens.device_id ?? id, name });
        const stored = keep(tokens, cookie, asked);
        if (cookie) write('unrevoked', null);
        patience = FRESH_MS;
        notice('login');
        // Another user's session in this browser would otherwise live on with nobody holding its tokens.
        if (before?.refresh && before.sid !== stored.sid) void revoke(before.refresh);
        return view(stored);
      });
    },

    async register(input) {
      const { user_id: userId, email } = await accepted(await post('register', input, false), 201, 'user_id');
      return { userId, email };
    },

    changePassword({ currentPassword, newPassword }) {
      // Alone: a refresh of the old session meanwhile would find it ended.
      return alone(async () => {
        for (let again = false; ; again = true) {
          let stored = load();
          if (!stored) throw signedOut();
          if (again || !usable(stored)) stored = await rotate(accessOf(stored));
          const { cookie } = stored;
          const asked = now();
          const body = { current_password: currentPassword, new_password: newPassword };
          const authorization = { Authorization: `Bearer ${accessOf(stored)}` };
          try {
            const answer = await post('password/change', body, cookie, authorization);
            const next = keep(await pairOf(answer, cookie), cookie, asked);
            notice('login');
            return view(next);
          } catch (/** @type {any} */ error) {
            if (again || !/^token_/.test(error.code)) throw error;
          }
        }
      });
    },

    devices({ limit, after } = {}) {
      // By way of JSON, which leaves out what is undefined.
      const query = new URLSearchParams(parse(stringify({ limit, after })));
      return call(`devices?${query}`.replace(/\?$/, ''), 'GET', undefined, 'devices');
    },

    async renameDevice(sessionId, name) {
      await call(pathOf(sessionId), 'PATCH', { device_name: name });
      const stored = load();
      // The next sign-in is not to bring the old name back.
      if (stored?.sid !== sessionId) return;
      write('device', { ...device(), name });
      save({ ...stored, deviceName: name });
    },

    async removeDevice(sessionId, { password } = {}) {
      await call(pathOf(sessionId), 'DELETE', password ? { password } : undefined);
      const stored = load();
      if (stored?.sid === sessionId) over(stored);
    },

    async logout() {
      if (ready) await ready;
      const stored = load();
      if (!stored) return true;
      leave(stored.cookie);
      return revoke(stored.refresh);
    },

    async logoutAll({ keepCurrent = false, password } = {}) {
      await call('logout/all', 'POST', { keep_current: keepCurrent, password });
      if (!keepCurrent) over(load());
    },

    async deleteAccount({ password }) {
      await call('me', 'DELETE', { password });
      write('device', null);
      over(load());
    },

    apiRequest,

    async getAccessToken({ minValiditySeconds = 60 } = {}) {
      if (ready) await ready;
      let stored = load();
      // Twice, as what another tab hands over may be too old as well.
      for (let tries = 0; tries < 2 && stored && !lasts(stored, 0.8, minValiditySeconds * 1000); tries += 1) {
        stored = await refresh(accessOf(stored));
      }
      const access = stored && accessOf(stored);
      if (!access) throw signedOut();
      return access;
    },

    onAuthChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    getSession() {
      const stored = load();
      return stored && view(stored);
    },

    dispose() {
      stop.abort();
      clearTimeout(timer);
      channel?.close();
      channel = null;
      listeners.clear();
    },
  };
};
