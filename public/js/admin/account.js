// @ts-check
/** One account: what is known of it, its sessions, and what can be done to it. */
import { nameOf } from '../agent-words.js';
import { confirmation, doOrAsk } from '../dialogs.js';
import { bdi, byId, isFocusLost } from '../elements.js';
import { codeOf } from '../error-words.js';
import { pending } from '../forms.js';
import { say, settle } from '../message.js';
import { change, endSession, sessionsPage, setRole, user as readUser } from './api.js';
import { showFacts } from './facts.js';
import { roleList } from './roles.js';
import { sessionList } from './sessions.js';

/** @typedef {import('./api.js').User} User */
/** @typedef {import('../auth.d.ts').DevicePage} DevicePage */

const PAGE = 50;
const READING = 'reading an account';

/**
 * @param {object} options
 * @param {(work: () => Promise<unknown>, subject?: string) => Promise<unknown>} options.attempt Reports what fails.
 * @param {() => { user_id: string, email: string | null } | null} options.me The administrator.
 * @param {(user: User) => void} options.shown Called when an account was read.
 */
export const accountView = ({ attempt, me, shown }) => {
  const ask = confirmation();
  const askErase = confirmation('erase');
  /** @type {User | null} */
  let user = null;
  /** @type {string | null} */
  let id = null;
  let pages = 1;
  let asked = 0;

  /** As many pages as are shown. @param {string} of @returns {Promise<DevicePage>} */
  const readSessions = async (of) => {
    const all = await sessionsPage(of, { limit: PAGE, after: null });
    for (let page = 1; page < pages && all.next !== null; page += 1) {
      const more = await sessionsPage(of, { limit: PAGE, after: all.next });
      all.devices.push(...more.devices);
      all.next = more.next;
    }
    return all;
  };
  const read = async () => {
    const mine = (asked += 1);
    const of = id;
    if (of === null) return;
    byId('user-view').setAttribute('aria-busy', 'true');
    try {
      const [it, { devices, recently_ended: ended, next }] = await Promise.all([readUser(of), readSessions(of)]);
      if (mine !== asked) return;
      const isInside = byId('user-view').contains(document.activeElement);
      user = it;
      showFacts(it, it.user_id === me()?.user_id);
      roles.show(it.roles);
      sessions.show({ devices, ended, isWhole: next === null });
      byId('more-sessions').hidden = next === null;
      shown(it);
      settle(READING);
      // What was pressed may be gone.
      if (isInside && isFocusLost()) byId('user-title').focus({ preventScroll: true });
    } finally {
      if (mine === asked) byId('user-view').removeAttribute('aria-busy');
    }
  };
  const reread = () => attempt(read, READING);

  /** What messages call the account. */
  const called = () => (user?.email ? bdi(user.email) : 'The account');
  /** The administrator's own address, for password managers. */
  const ownEmail = () => me()?.email ?? null;
  /**
   * @param {Omit<import('../dialogs.js').Question, 'email'>} question
   * @param {{ isMild?: boolean, withReason?: boolean }} [options]
   */
  const askWith = (question, { isMild = false, withReason = false } = {}) => {
    byId('confirm-go').classList.toggle('danger', !isMild);
    byId('confirm-reason-field').hidden = !withReason;
    return ask({ ...question, email: ownEmail() });
  };
  /** @param {string} what */
  const done = async (what) => {
    say([called(), ` ${what}.`]);
    await reread();
  };
  /** @param {string} button @param {(of: string) => Promise<unknown>} work */
  const onAsk = (button, work) => {
    byId(button).addEventListener('click', () => void attempt(async () => id && work(id)));
  };
  /** For what is done without a question: the button shows that it is. @param {string} button @param {(of: string) => Promise<unknown>} work */
  const onClick = (button, work) => onAsk(button, (of) => pending(byId(button), () => work(of)));

  const sessions = sessionList((session, button) => {
    const of = id ?? '';
    const sid = session.session_id;
    const text = [bdi(nameOf(session)), ' has to sign in again.'];
    const end = async () => {
      try {
        const work = (/** @type {string | undefined} */ password) => endSession(of, sid, { password });
        if (!(await doOrAsk(askWith, { title: 'End this session?', text, action: 'End it', email: null, work }))) return;
      } catch (error) {
        if (codeOf(error) === 'not_found') await reread();
        throw error;
      }
      sessions.focusBeside(sid);
      say(['The session on ', bdi(nameOf(session)), ' was ended.']);
      await reread();
    };
    return pending(button, () => attempt(end));
  });
  const roles = roleList((role, isGranted, button) => {
    const of = id ?? '';
    const isOwn = of === me()?.user_id;
    const work = () => setRole(of, role, isGranted);
    const grave = isGranted
      ? {
          title: 'Make an administrator?',
          text: [called(), ' can then see and change every account, yours too.'],
          action: 'Grant',
        }
      : { title: 'Revoke your own role?', text: 'You then cannot use this page any more.', action: 'Revoke' };
    const set = async () => {
      if (role === 'admin' && (isGranted || isOwn)) {
        if (!(await askWith({ ...grave, work }))) return;
      } else await work();
      await done(isGranted ? 'has the role now' : 'has lost the role');
    };
    return pending(button, () => attempt(set));
  });

  onClick('reload', reread);
  onClick('more-sessions', async () => {
    pages += 1;
    await reread();
    if (byId('more-sessions').hidden) byId('sessions-title').focus({ preventScroll: true });
  });
  onAsk('reset-password', async (of) => {
    const text = ['A link goes to ', called(), ', good for choosing a new password. Until it is used nothing changes.'];
    const work = () => change(of, 'password-reset');
    if (await askWith({ title: 'Send a reset link?', text, action: 'Send the link', work }, { isMild: true }))
      await done('is sent a link to choose a new password');
  });
  onAsk('disable-user', async (of) => {
    const text = [called(), ' is signed out everywhere and cannot sign in until the account is enabled again.'];
    /** @type {import('../dialogs.js').Question['work']} */
    const work = (password, { reason = '' }) => change(of, 'disable', { reason: reason.trim() || undefined, password });
    if (await askWith({ title: 'Disable this account?', text, action: 'Disable', work }, { withReason: true }))
      await done('is disabled');
  });
  onClick('enable-user', async (of) => {
    await change(of, 'enable');
    await done('can sign in again');
  });
  onAsk('sign-out-user', async (of) => {
    const text = [called(), ' has to sign in again on every device.'];
    /** @type {import('../dialogs.js').Question['work']} */
    const work = (password) => change(of, 'logout', { password });
    if (await askWith({ title: 'Sign out everywhere?', text, action: 'Sign out everywhere', work }))
      await done('is signed out everywhere');
  });
  onAsk('erase-user', async (of) => {
    // Without the keys the address cannot be read, but the account can be erased.
    const typed = user?.email ?? of;
    byId('erase-expected').textContent = typed;
    const isDone = await askErase({ typed, email: ownEmail(), work: (password) => change(of, 'erase', { password }) });
    byId('erase-expected').replaceChildren();
    if (!isDone) return;
    say('The account was erased.');
    await reread();
  });

  return {
    /** Reads an account and shows it, with nothing of the one before. Rejects as `user` of api.js does. @param {string} next */
    open: async (next) => {
      if (next !== id) {
        pages = 1;
        sessions.clear();
      }
      id = next;
      await read();
    },
    clear: () => {
      asked += 1;
      id = null;
      user = null;
      sessions.clear();
      for (const part of ['user-title', 'user-tags', 'facts']) byId(part).replaceChildren();
    },
  };
};
