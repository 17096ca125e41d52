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
 *  - However many requests and tabs find the access token old, one refresh serves them all; each request that was answered
 *    401 is then sent once more, with its body, and never with the token of another session than the one it began in.
 *  - Being offline and a server's 5xx never end the session. A 401 to a refresh does, unless another tab has newer tokens.
 *  - A refresh whose answer was lost is repeated with the same token while the server still accepts it as a retry (grace).
 *  - Signing out clears this browser's tokens at once, in all its tabs, whether or not the server can be told.
 *
 * Where the tokens are: with `mode: 'storage'` (the default) both are in localStorage, which any script of the page's origin can
 * read. With `mode: 'cookie'` the refresh token is in an HttpOnly cookie and the access token only in memory (other tabs are
 * handed it over a BroadcastChannel); localStorage then holds no secret.
 *
 * Signed out while the server could not be reached: that is made good when the browser is online again or the page is looked at.
 * Until then a token from localStorage is only in the memory of its page, since a browser somebody has signed out of must store no
 * token; if the page is closed first, it dies of its idle expiry or when signed out elsewhere. A cookie cannot be dropped from here, so
 * that sign-out is remembered, and made good also when the page is next opened.
 *
 * Where localStorage is blocked or full, what it does not take lasts as long as the page.
 */

/**
 * @typedef {object} AuthConfig
 * @property {string} [apiOrigin] The one origin that gets the Bearer token. The page's own by default.
 * @property {string} [basePath] Where the sign-in endpoints are. `/api/v1/auth` by default.
 * @property {string} [storageKey] Prefix of all names in localStorage, of the lock and of the channel. `tokenledger` by default.
 * @property {number} [lockWaitMs] How long another tab may hold the refresh up before it is passed over. 5 000 by default.
 * @property {number} [retryForMs] How long a refresh is repeated when no answer comes; with `requestTimeoutMs` it must stay below the
 *   server's grace. 20 000 by default.
 * @property {number} [requestTimeoutMs] How long one request of this module (not of apiRequest) may take. 8 000 by default.
 */
/**
 * @typedef {object} Session What is known of the session; never a token. Times are milliseconds since 1970 by this machine's clock.
 * @property {string} sessionId
 * @property {string} deviceId
 * @property {string | undefined} deviceName
 * @property {'storage' | 'cookie'} mode
 * @property {number} accessExpiresAt
 * @property {number} refreshExpiresAt
 */
/**
 * @typedef {object} Stored The session as kept in localStorage. `serial` names this very pair of tokens.
 * @property {number} serial
 * @property {string} sid
 * @property {string} deviceId
 * @property {string} [deviceName]
 * @property {boolean} cookie
 * @property {string} [access]
 * @property {string} [refresh]
 * @property {number} lifetime Milliseconds an access token lives.
 * @property {number} accessExpiresAt
 * @property {number} refreshExpiresAt
 */
/** @typedef {'login' | 'refresh' | 'logout' | 'ended'} Reason `ended`: the server refused to go on with the session. */
/** @typedef {(session: Session | null, reason: Reason) => void} AuthListener */
/**
 * @typedef {object} Auth
 * @property {(input: { email: string, password: string, deviceName?: string, mode?: 'storage' | 'cookie' }) => Promise<Session>} login
 *   Rejects with AuthError, or with fetch's TypeError if the server was not reached. The device's id, and its name unless a new one
 *   is given, are those of the last sign-in in this browser. The session before, if there is one, ends: one whose refresh token is in
 *   the cookie even if this sign-in fails.
 * @property {() => Promise<boolean>} logout Ends the session here at once; resolves to whether the server has revoked it too.
 * @property {(options?: { keepCurrent?: boolean }) => Promise<void>} logoutAll Ends all sessions of the user. Rejects, and ends
 *   nothing, when the server did not do so.
 * @property {(input: RequestInfo | URL, init?: RequestInit) => Promise<Response>} apiRequest As fetch, signed in: paths are the API's.
 *   Rejects with AuthError if the session has ended or could not be refreshed. Other origins are fetched without a token. A body that
 *   is a stream is read to its end first.
 * @property {(listener: AuthListener) => () => void} onAuthChange Tells of every change, also one made in another tab.
 * @property {() => Session | null} getSession
 */

/** The server's refusal: `code` and `status` are those of its problem details (RFC 9457). Its text never holds a token. */
export class AuthError extends Error {
  /** @param {string} code @param {number} status @param {any} [problem] */
  constructor(code, status, problem) {
    super(problem?.detail ?? problem?.title ?? code);
    this.name = 'AuthError';
    this.code = code;
    this.status = status;
    this.problem = problem;
  }
}

/** @param {Response} answer */
const refusal = async (answer) => {
  const problem = await answer
    .clone()
    .json()
    .catch(() => null);
  return new AuthError(problem?.code ?? 'unavailable', answer.status, problem);
};
const signedOut = () => new AuthError('signed_out', 401);

/** Waits, but not past the moment the browser is online again. @param {number} ms @returns {Promise<unknown>} */
const pause = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
    addEventListener('online', resolve, { once: true, signal: AbortSignal.timeout(ms) });
  });

/** @template T @param {Promise<T>} work @param {AbortSignal | null | undefined} signal @returns {Promise<T>} */
const unlessAborted = (work, signal) =>
  new Promise((resolve, reject) => {
    work.then(resolve, reject);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === 'string' && value !== '';

/** @param {AuthConfig} [config] @returns {Auth} */
export const createAuth = ({
  apiOrigin = location.origin,
  basePath = '/api/v1/auth',
  storageKey = 'tokenledger',
  lockWaitMs = 5000,
  retryForMs = 20000,
  requestTimeoutMs = 8000,
} = {}) => {
  const { origin } = new URL(apiOrigin);
  const channel = new BroadcastChannel(storageKey);
  /** @type {Set<AuthListener>} */
  const listeners = new Set();
  /** What localStorage did not take. @type {Map<string, string>} */
  const untaken = new Map();
  /** Refresh tokens of sessions that have ended here, but not yet on the server. @type {Set<string>} */
  const owed = new Set();
  /** The access token of cookie mode, with the serial of the session it belongs to. @type {{ serial: number, access: string } | null} */
  let memory = null;
  /** Called when another tab has handed over its access token. */
  let handedOver = () => {};
  /** @type {Promise<Stored> | null} */
  let refreshing = null;

  /** @param {string} name @returns {any} whatever is there: others may have written it */
  const read = (name) => {
    const key = `${storageKey}.${name}`;
    try {
      return JSON.parse(untaken.get(key) ?? localStorage.getItem(key) ?? 'null');
    } catch {
      return null;
    }
  };
  /** @param {string} name @param {unknown} value null removes */
  const write = (name, value) => {
    const key = `${storageKey}.${name}`;
    const text = JSON.stringify(value);
    untaken.delete(key);
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, text);
    } catch {
      if (value !== null) untaken.set(key, text);
    }
  };
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
  const position = () => {
    const it = read('position');
    return /^\d{20}(\/\d{20})?$/.test(it) ? it : '';
  };

  /** @param {Stored | null} stored @returns {Session | null} */
  const view = (stored) =>
    stored && {
      sessionId: stored.sid,
      deviceId: stored.deviceId,
      deviceName: stored.deviceName,
      mode: stored.cookie ? 'cookie' : 'storage',
      accessExpiresAt: stored.accessExpiresAt,
      refreshExpiresAt: stored.refreshExpiresAt,
    };

  let seen = load();
  /** Tells the listeners if the stored session is no longer the one last seen. @param {Reason} [reason] known in the tab that acted */
  const notice = (reason) => {
    const before = seen;
    seen = load();
    if (before?.serial === seen?.serial) return;
    const why = reason ?? (seen ? (before?.sid === seen.sid ? 'refresh' : 'login') : 'logout');
    if (!seen) memory = null;
    for (const listener of listeners) {
      try {
        listener(view(seen), why);
      } catch (error) {
        // The listener's own fault: neither the others nor the work that led here are to suffer for it.
        reportError(error);
      }
    }
  };
  /** @param {Reason} reason */
  const forget = (reason) => {
    write('session', null);
    notice(reason);
  };

  /** @param {Stored} stored */
  const accessOf = (stored) =>
    stored.cookie ? (memory?.serial === stored.serial ? memory.access : undefined) : stored.access;
  /** Whether its access token will serve at least that share of its lifetime, at most `ms`. @param {Stored} stored @param {number} share @param {number} ms */
  const lasts = (stored, share, ms) =>
    accessOf(stored) !== undefined && stored.accessExpiresAt - Date.now() > Math.min(ms, stored.lifetime * share);
  /** @param {Stored} stored */
  const usable = (stored) => lasts(stored, 0.05, 3000);

  /** @param {string} path @param {object} body @param {boolean} cookie @param {boolean} [keepalive] lets it outlive the page */
  const post = async (path, body, cookie, keepalive = cookie) => {
    const answer = await fetch(`${origin}${basePath}/${path}`, {
      method: 'POST',
      // The header no form and no foreign script can send: with the cookie it shows that this page asks.
      headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'tokenledger' },
      body: JSON.stringify(body),
      credentials: cookie ? 'include' : 'same-origin',
      redirect: 'error',
      keepalive,
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    // Whatever was known: a log restored from a backup begins at a lower position again.
    const now = answer.headers.get('Log-Position');
    if (now) write('position', now);
    return answer;
  };

  /** @param {any} tokens @param {boolean} cookie @param {number} asked when, so that the expiries err to the early side @returns {Stored} */
  const keep = (tokens, cookie, asked) => {
    const lifetime = tokens.expires_in * 1000;
    const { name } = device();
    const stored = {
      serial: Date.now() + Math.random(),
      sid: tokens.session_id,
      deviceId: tokens.device_id,
      ...(name && { deviceName: name }),
      cookie,
      lifetime,
      accessExpiresAt: asked + lifetime,
      refreshExpiresAt: asked + tokens.refresh_expires_in * 1000,
      ...(!cookie && { access: tokens.access_token, refresh: tokens.refresh_token }),
    };
    write('session', stored);
    if (cookie) {
      memory = { serial: stored.serial, access: tokens.access_token };
      channel.postMessage(memory);
    }
    return stored;
  };

  /**
   * One refresh, unless another tab has done it. Two tabs presenting one token get one successor, so being alone here saves requests and
   * nothing more; whoever finds other tokens stored than it presented leaves them alone.
   *
   * @param {string | undefined} stale the access token that will not do @returns {Promise<Stored>}
   */
  const rotate = async (stale) => {
    const end = Date.now() + retryForMs;
    for (let wait = 250; ; wait *= 2) {
      const stored = load();
      if (!stored) throw signedOut();
      if (!accessOf(stored)) {
        // A page that was just opened: another tab may have the token.
        const answered = new Promise((resolve) => (handedOver = () => resolve(undefined)));
        channel.postMessage(null);
        await Promise.race([answered, pause(100)]);
      }
      if (accessOf(stored) !== stale && usable(stored)) return stored;
      const superseded = () => load()?.serial !== stored.serial;
      let failure;
      let final = false;
      try {
        const asked = Date.now();
        const answer = await post('refresh', { refresh_token: stored.refresh }, stored.cookie);
        const tokens = answer.ok ? await answer.json() : null;
        if (superseded()) continue;
        if (answer.ok && !isText(tokens?.session_id)) throw new TypeError('not a token pair');
        if (tokens?.session_id === stored.sid) {
          const next = keep(tokens, stored.cookie, asked);
          notice('refresh');
          return next;
        }
        // 422: there is no cookie any more. Other tokens: the cookie is of another session, which must not slip into this one's place.
        const ended = answer.ok || answer.status === 422;
        failure = ended ? signedOut() : await refusal(answer);
        if (superseded()) continue;
        final = answer.status < 500 && answer.status !== 429;
        if (answer.ok) write('unrevoked', true);
        if (ended || answer.status === 401) forget('ended');
        if (answer.ok) await tell();
      } catch (error) {
        failure = error;
      }
      if (final || Date.now() + wait > end) throw failure;
      await pause(wait);
    }
  };

  /** Runs the work in one tab at a time, as far as the others let go of it in time. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  const alone = async (work) => {
    const { locks } = navigator;
    if (locks) {
      /** @type {Promise<T> | undefined} */
      let running;
      const start = () => (running = work());
      const waiting = locks.request(storageKey, { signal: AbortSignal.timeout(lockWaitMs) }, start);
      // A tab that is frozen may keep the lock for ever: after the wait it is taken from it. The tab robbed goes on with its work.
      return waiting.catch(
        () => running ?? locks.request(storageKey, { steal: true }, start).catch(() => running ?? work()),
      );
    }
    // Web Locks need a secure context; without them a lease that runs out by itself does.
    const end = Date.now() + lockWaitMs;
    while (Date.now() < Math.min(end, read('lease') ?? 0)) await pause(50);
    write('lease', Date.now() + requestTimeoutMs);
    return work().finally(() => write('lease', null));
  };

  /** @param {string | undefined} stale */
  const refresh = (stale) =>
    (refreshing ??= alone(() => rotate(stale)).finally(() => {
      refreshing = null;
    }));

  /** @param {Request} request @param {Stored | null} stored */
  const send = async (request, stored) => {
    const headers = new Headers(request.headers);
    const access = stored && accessOf(stored);
    if (access) headers.set('Authorization', `Bearer ${access}`);
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads && position()) headers.set('If-Log-Position', position());
    const redirect = access && request.redirect === 'follow' ? 'error' : request.redirect;
    const answer = await fetch(new Request(request.clone(), { headers, redirect }));
    // Answers may come in another order than the log has it.
    const now = answer.headers.get('Log-Position') ?? '';
    if (now > position()) write('position', now);
    return answer;
  };

  /** @type {Auth['apiRequest']} */
  const apiRequest = async (input, init) => {
    const whole = input instanceof Request ? input : null;
    const url = new URL(whole?.url ?? /** @type {string | URL} */ (input), origin);
    if (url.origin !== origin) return fetch(whole ?? url, init);
    // A stream can be sent once only, and over HTTP/1.1 not at all; a Request does not tell whether it holds one.
    const stream =
      init?.body instanceof ReadableStream ? new Response(init.body) : init?.body == null && whole?.body ? whole : null;
    if (stream) init = { ...init, body: await unlessAborted(stream.blob(), init?.signal ?? whole?.signal) };
    const request = new Request(whole ?? url, init);
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
    // Soon to expire: renewed beside the request, which does not wait and does not fail with it; onAuthChange tells if the session ended.
    else if (stored && !lasts(stored, 0.2, 60000)) refresh(accessOf(stored)).catch(() => {});
    const used = stored && accessOf(stored);
    const answer = await send(request, stored);
    if (answer.status === 401 && stored && (await refusal(answer)).code !== 'invalid_credentials') {
      return send(request, await renewed(used ?? undefined));
    }
    if (answer.status === 503 && (await refusal(answer)).code === 'not_yet_visible') {
      await unlessAborted(pause(500), request.signal);
      return send(request, stored);
    }
    return answer;
  };

  /** Tells the server that a session has ended, once. @param {string} [token] none: the cookie's @returns {Promise<boolean>} whether it knows */
  const tell = async (token) => {
    if (!token && !read('unrevoked')) return true;
    const answer = await post('logout', { refresh_token: token }, !token, true).catch(() => null);
    // 401 and 422: there is nothing that could be revoked.
    if (!answer || ![204, 401, 422].includes(answer.status)) return false;
    if (token) owed.delete(token);
    else write('unrevoked', null);
    return true;
  };
  /** Likewise, but not while a sign-in is about to change the cookie; tries twice. @param {string} [token] */
  const revoke = async (token) => {
    if (token) owed.add(token);
    const once = () => (token ? tell(token) : alone(() => tell()));
    return (await once()) || pause(1000).then(once);
  };
  const makeGood = () => {
    if (read('unrevoked') && !load()?.cookie) void alone(() => tell());
    for (const token of owed) void tell(token);
  };

  channel.onmessage = ({ data }) => {
    if (data) {
      memory = data;
      handedOver();
    } else if (memory && memory.serial === load()?.serial) channel.postMessage(memory);
  };
  // A tab that was frozen or in the back/forward cache has missed the events of the others.
  for (const event of ['storage', 'pageshow', 'focus']) addEventListener(event, () => notice());
  for (const event of ['online', 'focus']) addEventListener(event, makeGood);
  makeGood();

  return {
    login({ email, password, deviceName, mode }) {
      const cookie = mode === 'cookie';
      const known = device();
      // Chosen here, so that a sign-in whose answer is lost leaves no device behind that nobody has: the next takes its place.
      const id = known.id ?? crypto.randomUUID?.();
      const name = deviceName || known.name;
      write('device', { ...known, id });
      return alone(async () => {
        const before = load();
        if (before?.cookie) {
          write('unrevoked', true);
          forget('logout');
        }
        await tell();
        const asked = Date.now();
        const answer = await post(
          'login',
          { email, password, device_id: id, device_name: name, ...(cookie && { mode }) },
          cookie,
          false,
        );
        if (!answer.ok) throw await refusal(answer);
        const tokens = await answer.json();
        write('device', { id: tokens.device_id, name });
        if (cookie) write('unrevoked', null);
        const stored = keep(tokens, cookie, asked);
        notice('login');
        // Another user's session in this browser would otherwise live on with nobody holding its tokens.
        if (before?.refresh && before.sid !== stored.sid) void revoke(before.refresh);
        return /** @type {Session} */ (view(stored));
      });
    },

    async logout() {
      const stored = load();
      if (!stored) return true;
      if (stored.cookie) write('unrevoked', true);
      forget('logout');
      return revoke(stored.refresh);
    },

    async logoutAll({ keepCurrent = false } = {}) {
      const cookie = load()?.cookie;
      const answer = await apiRequest(`${basePath}/logout/all`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ keep_current: keepCurrent }),
      });
      if (!answer.ok) throw await refusal(answer);
      if (keepCurrent) return;
      if (cookie) write('unrevoked', true);
      forget('logout');
      // Of no use any more, the cookie need not stay either.
      if (cookie) void revoke();
    },

    apiRequest,

    onAuthChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    getSession: () => view(load()),
  };
};
