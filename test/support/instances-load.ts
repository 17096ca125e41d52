import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Pair } from './api-client.js';
import type { Instance, Instances } from './instances.js';
import { freshCredentials } from './running-app.js';

/** What went otherwise than it must, in words; empty if all is well. */
export type Complaints = string[];

const MAX_TRIES = 60;

/** Asks any instance, and another one if that one was killed meanwhile or cannot answer now. */
export async function ask<T>(
  instances: Instances,
  request: (instance: Instance) => Promise<Answer<T>>,
): Promise<Answer<T>> {
  for (let tries = 1; ; tries += 1) {
    const instance = instances.any();
    const answer = await request(instance).catch((error: unknown) => {
      // Only an instance that is no longer there may leave a request without an answer.
      if (instances.running.includes(instance)) throw error;
      return null;
    });
    if (answer !== null && answer.status !== 503) return answer;
    if (tries === MAX_TRIES) throw new Error(`no answer, ${tries} times: ${answer?.text ?? 'killed'}`);
    await sleep(50);
  }
}

/**
 * A client that refreshes on and on, at whichever instance; now and then at several at once with the same token. All that it was
 * answered goes to `acknowledged`.
 */
export async function refreshOn(
  instances: Instances,
  first: Pair,
  { acknowledged, complaints, signal }: { acknowledged: Pair[]; complaints: Complaints; signal: AbortSignal },
): Promise<void> {
  let current = first;
  while (!signal.aborted) {
    const token = current.refresh_token;
    const atOnce = instances.random() < 0.3 ? 3 : 1;
    const answers = await Promise.all(
      Array.from({ length: atOnce }, () => ask(instances, ({ api }) => api.refresh(token))),
    );
    const pairs = answers.filter(({ status }) => status === 200).map(({ body }) => body);
    for (const { status, text } of answers) if (status !== 200) complaints.push(`a refresh was refused: ${text}`);
    if (new Set(pairs.map(({ refresh_token }) => refresh_token)).size !== 1) {
      complaints.push('one token has several successors');
      return;
    }
    current = pairs[0]!;
    acknowledged.push(current);
    await sleep(20);
  }
}

/**
 * Users who sign out, of one session or of all, while others refresh the same: nothing that was ended may go on (G4, G6). Counts
 * the users with whom it is done.
 */
export async function signOutOn(
  instances: Instances,
  complaints: Complaints,
  { signal, count }: { signal: AbortSignal; count: { users: number } },
): Promise<void> {
  for (; !signal.aborted; count.users += 1) {
    const credentials = freshCredentials();
    const signIn = async (): Promise<Pair> => (await ask(instances, ({ api }) => api.login(credentials))).body;
    // A registration whose answer was lost is one all the same.
    await ask(instances, ({ api }) => api.register(credentials));
    const [one, other] = [await signIn(), await signIn()];
    const left = await ask(instances, ({ api }) => api.logout(one.refresh_token));
    if (left.status !== 204) complaints.push(`a sign-out was refused: ${left.text}`);
    await expectEnded(instances, [one], complaints);

    const racing = [1, 2, 3].map(() => ask(instances, ({ api }) => api.refresh(other.refresh_token)));
    const all = await ask(instances, ({ api }) => api.logoutAll(other.access_token));
    // 401: the answer to a first try was lost with its instance.
    if (all.status !== 204 && all.status !== 401) complaints.push(`a sign-out of all was refused: ${all.text}`);
    const raced = (await Promise.all(racing)).filter(({ status }) => status === 200).map(({ body }) => body);
    await expectEnded(instances, [other, ...raced], complaints);

    const again = await ask(instances, ({ api }) => api.login(credentials));
    const headers = { 'if-log-position': again.headers.get('log-position')! };
    const shown = await ask<{ devices?: { session_id: string }[] }>(instances, ({ api }) =>
      api.get('devices', again.body.access_token, headers),
    );
    // A sign-in whose answer was lost with its instance has made a session all the same, hence others than the last one may be
    // there; but none that was ended, and that of the last one always.
    const sids = shown.body.devices?.map(({ session_id: sid }) => sid) ?? [];
    const ended = [one, other, ...raced].map(({ session_id: sid }) => sid);
    if (!sids.includes(again.body.session_id)) complaints.push(`not shown: ${again.body.session_id} in ${shown.text}`);
    if (sids.some((sid) => ended.includes(sid))) complaints.push(`shown as active: ${shown.text}`);
  }
}

async function expectEnded(instances: Instances, pairs: readonly Pair[], complaints: Complaints): Promise<void> {
  for (const { refresh_token: token } of pairs) {
    for (const { api } of instances.running) {
      const answer = await api.refresh(token).catch(() => null);
      if (answer !== null && answer.status !== 401 && answer.status !== 503)
        complaints.push(`refreshed after it had ended: ${answer.status}`);
    }
  }
}
