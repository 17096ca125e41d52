import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection } from '../lib/http-connection.js';

const PATIENCE_MS = 60_000;
const RETRY_MS = 100;
const TIMEOUT_MS = 15_000;

/** Sends requests as a patient client does: what had no answer is sent again, the same. Counts what happens. */
export class PatientClient {
  #victim;
  requests = 0;
  retries = 0;
  /** Answers that no client should ever see (G13, G14). */
  faults = [];

  constructor(victim) {
    this.#victim = victim;
  }

  /** Resolves to `{status, body, position, wasRetried}`; `body` is parsed. Rejects after a minute without service. */
  async send({ method = 'POST', path, json, headers = {} }) {
    const body = json === undefined ? '' : JSON.stringify(json);
    const type = json === undefined ? undefined : 'application/json';
    const end = performance.now() + PATIENCE_MS;
    const answers = [];
    for (let attempt = 0; performance.now() < end; attempt += 1) {
      const answer = await this.#once({ method, path, type, headers, body });
      if (answer !== null && answer.status !== 503) {
        if (answer.status >= 500) this.faults.push(`${method} ${path}: ${answer.status} ${answer.body}`);
        return { ...answer, body: parsed(answer.body), wasRetried: attempt > 0 };
      }
      this.retries += 1;
      answers.push(answer === null ? 'none' : `${answer.status} ${parsed(answer.body)?.detail ?? ''}`);
      await sleep(RETRY_MS * (1 + Math.random()));
    }
    throw new Error(`${path}: no service for a minute: ${answers.join('; ')}`);
  }

  /** Null without an answer. */
  async #once(request) {
    this.requests += 1;
    const connection = new HttpConnection(this.#victim.origin);
    try {
      return await Promise.race([connection.request(request), sleep(TIMEOUT_MS, null, { ref: false })]);
    } catch {
      return null;
    } finally {
      connection.close();
    }
  }
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
