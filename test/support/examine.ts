/** axe-core finds nothing, and nothing runs out of the window. Makes the pictures in docs/ on the way (`npm run screenshots`). */
import { expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [360, 1280];
/** Those that docs/ has; another folder gets all of them. */
const PICTURES = [
  'sign-in-light-1280',
  'sign-in-dark-360',
  'forgot-light-360',
  'change-password-light-1280',
  'verify-light-1280',
  'verify-dark-360',
  'reset-light-360',
  'reset-dark-1280',
  'one-device-light-360',
  'five-devices-light-1280',
  'five-devices-dark-360',
  'forty-devices-dark-1280',
  'delete-account-light-1280',
  'accounts-light-1280',
  'account-light-1280',
  'account-dark-360',
  'erase-dark-1280',
  'audit-theft-light-1280',
  'audit-five-devices-dark-360',
  'audit-forty-devices-dark-1280',
];

/** Looks at the page as it is now, on a phone and on a desk, light and dark. */
export async function examine(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of WIDTHS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate('scrollTo(0, 0)');
      await page.evaluate(AXE);
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: object[] }> } };
        return (await axe.run()).violations;
      });
      const name = `${state}-${colorScheme}-${width}`;
      expect([name, violations]).toEqual([name, []]);
      expect([name, await page.evaluate('document.documentElement.scrollWidth <= innerWidth')]).toEqual([name, true]);
      const folder = process.env.SCREENSHOTS;
      if (folder === undefined || (folder === 'docs' && !PICTURES.includes(name))) continue;
      // What lies behind a dialog is dimmed as far as the window reaches.
      const fullPage = !(await page.locator('dialog[open]').isVisible());
      await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage });
    }
  }
}
