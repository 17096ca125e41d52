import { chromium, type Browser } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
/** A name under which the loopback interface is no secure context, as a server elsewhere in a network would not be. */
export const INSECURE_HOST = 'app.test';
// It needs no network but the loopback interface, and must not look for one.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
];

/** A headless Chromium; rejects if there is none on this machine. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, headless: true, args: FLAGS });
}
