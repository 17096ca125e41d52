// @ts-check
/** The server, as the page asks it. */
import { brings, inTime, isDone, problemOf } from './answers.js';
import { AuthError, createAuth } from './auth.js';
import { ROOT, STORAGE_KEY } from './root.js';

const API = `${ROOT}api/v1/auth`;
/** The Date header has whole seconds, and was on its way: less than that says nothing. */
const NOISE_MS = 3_000;

export const auth = createAuth({ basePath: API, storageKey: STORAGE_KEY });

/** How far the server's clock is ahead of this machine's. */
let aheadMs = 0;
/** Now by the server's clock, by which sessions end. */
export const serverNow = () => Date.now() + aheadMs;

/** @param {Response} answer */
const noteClock = (answer) => {
  const ahead = Date.parse(answer.headers.get('Date') ?? '') - Date.now();
  if (Number.isNaN(ahead)) return;
  aheadMs = Math.abs(ahead) < NOISE_MS ? 0 : ahead;
};

/** The server's refusal, by its code; `unavailable` for an answer that is none of its own. @param {Response} answer */
export const refusalOf = async (answer) => {
  const problem = await problemOf(answer);
  const seconds = Number.parseInt(answer.headers.get('Retry-After') ?? '', 10);
  return new AuthError(problem?.code ?? 'unavailable', answer.status, problem, seconds || undefined);
};

/**
 * What the server answers to a GET, null for what changes something; rejects with AuthError for what is no success, and as fetch does
 * if nobody answers in time.
 *
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export const request = async (method, path, body) => {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await auth.apiRequest(path, {
    method,
    signal: inTime(),
    ...(body && { headers, body: JSON.stringify(body) }),
  });
  noteClock(answer);
  if (method === 'GET' && brings(answer, 'application/json')) return answer.json();
  if (method !== 'GET' && (await isDone(answer))) return null;
  throw await refusalOf(answer);
};

/** The same of the user's own part of the API. @param {string} path @param {object} [body] makes it a POST */
export const api = (path, body) => request(body ? 'POST' : 'GET', API + path, body);
