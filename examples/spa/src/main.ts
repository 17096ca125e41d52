/** A page of another origin: signs in with tokenledger, lists the user's devices, and calls an API that takes its tokens. */
import { AuthError, createAuth, type Session } from 'tokenledger-auth';

const AUTH_ORIGIN = import.meta.env.VITE_AUTH_ORIGIN ?? 'http://127.0.0.1:8080';
const API_ORIGIN = import.meta.env.VITE_API_ORIGIN ?? 'http://127.0.0.1:3001';

/** Bound to a key of this browser: nobody can use a token that was stolen from it. */
const auth = createAuth({ apiOrigin: AUTH_ORIGIN, dpop: true });
// auth.js loads this module by itself; what it has for applications is imported in the same way, so that it stays a file of its own.
const { dpopFetch, DpopUnavailableError } = await import('tokenledger-auth/dpop');
const provenFetch = dpopFetch(`${AUTH_ORIGIN}/api/v1/auth`);

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
const [message, form, signedIn] = [element('message'), element<HTMLFormElement>('sign-in'), element('signed-in')];

/** Does something the user asked for, and says what went wrong. */
async function attempt(work: () => Promise<unknown>): Promise<void> {
  message.textContent = '';
  try {
    await work();
  } catch (error) {
    message.textContent =
      error instanceof AuthError || error instanceof DpopUnavailableError ? error.message : 'A server cannot be reached.';
  }
}

function list(id: string, items: readonly string[]): void {
  const entries = items.map((item) => Object.assign(document.createElement('li'), { textContent: item }));
  element(id).replaceChildren(...entries);
}

async function showDevices(): Promise<void> {
  const { devices } = await auth.devices();
  list(
    'devices',
    devices.map((device) => `${device.device_name ?? 'A device'}${device.current ? ' (this one)' : ''}`),
  );
}

async function showOrders(): Promise<void> {
  const headers = { Authorization: `Bearer ${await auth.getAccessToken()}` };
  const answer = await provenFetch(`${API_ORIGIN}/orders`, { headers });
  if (!answer.ok) throw new Error(`the API answers ${answer.status}`);
  const { orders } = (await answer.json()) as { orders: { id: number; item: string }[] };
  list(
    'orders',
    orders.map(({ id, item }) => `${id}: ${item}`),
  );
}

function show(session: Session | null): void {
  form.hidden = session !== null;
  signedIn.hidden = session === null;
  if (session !== null) void attempt(() => Promise.all([showDevices(), showOrders()]));
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const { email, password } = Object.fromEntries(new FormData(form)) as Record<'email' | 'password', string>;
  void attempt(() => auth.login({ email, password, deviceName: 'The shop' }));
});
element('sign-out').addEventListener('click', () => void attempt(() => auth.logout()));

auth.onAuthChange((session, reason) => {
  if (reason === 'refresh') return;
  form.reset();
  show(session);
  if (reason === 'ended') message.textContent = 'Your session has ended. Please sign in again.';
});
show(auth.getSession());
