import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';
/** A name under which the loopback interface is no secure context, as a server elsewhere in a network would not be. */
export const INSECURE_HOST = 'app.test';
// The last list that Chromium is given counts, so this one repeats those of Playwright's own that matter here.
const OFF = [
  // Each window would load the page of an address bar that nobody sees: most of what a test costs.
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup', 'AimEnabled', 'LensOverlay', 'MediaRouter'],
  ...['HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'ThirdPartyStoragePartitioning', 'PaintHolding'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'AvoidCorsURLLoaderRestartOnRedirect', 'DestroyProfileOnBrowserClose'],
  ...['OptimizationHints', 'NetworkTimeServiceQuerying', 'PreconnectToSearch'],
];
// It needs no network but the loopback interface, and must not look for one.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${OFF.join()}`,
  `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
];

/**
 * A headless Chromium. One that ended by itself, as they do now and then on a busy machine, is started again at the next test: that
 * costs the test that it was showing, not all that come after it in the suite.
 */
export class TestBrowser {
  #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Rejects if there is no Chromium on this machine. */
  static async start(): Promise<TestBrowser> {
    return new TestBrowser(await launch());
  }

  async newContext(options?: BrowserContextOptions): Promise<BrowserContext> {
    return (await this.#running()).newContext(options);
  }

  /** A page in a context of its own, which closes with it. */
  async newPage(options?: BrowserContextOptions): Promise<Page> {
    return (await this.#running()).newPage(options);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  async #running(): Promise<Browser> {
    if (this.#browser.isConnected()) return this.#browser;
    process.stderr.write('Chromium has ended by itself and is started again.\n');
    return (this.#browser = await launch());
  }
}

const launch = (): Promise<Browser> => chromium.launch({ executablePath: EXECUTABLE, headless: true, args: FLAGS });

/**
 * Freezes a tab: no script of it runs any more, no timer and no answer is seen to, until it is thawed by what this resolves to. By the
 * debugger, since a browser without a window takes no tab for one that is in the background.
 */
export async function freeze(tab: Page): Promise<() => Promise<void>> {
  const session = await tab.context().newCDPSession(tab);
  const frozen = new Promise<void>((resolve) => session.once('Debugger.paused', () => resolve()));
  await session.send('Debugger.enable');
  await session.send('Debugger.pause');
  // It pauses at the next statement.
  const statement = session.send('Runtime.evaluate', { expression: '0' });
  await frozen;
  return async () => {
    await session.send('Debugger.resume');
    await statement;
    await session.detach();
  };
}
