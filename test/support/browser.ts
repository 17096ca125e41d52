import { chromium, type Browser } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
// It needs no network but the loopback interface, and must not look for one.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium; rejects if there is none on this machine. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, headless: true, args: FLAGS });
}
