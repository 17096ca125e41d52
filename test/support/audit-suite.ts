import type { AuditedUser } from './audited-user.js';
import type { FakeAudit } from './fake-audit.js';
import { fakePageSuite, type FakePageSuite } from './fake-page-suite.js';

/** The page for auditors, over a server that plays from a script. */
export interface AuditSuite {
  readonly page: FakePageSuite['page'];
  readonly said: FakePageSuite['said'];
  readonly world: FakePageSuite['world'];
  readonly audit: FakeAudit;
  /** Signs in. */
  enter(): Promise<void>;
  /** Signs in and shows a user, once all is drawn. */
  show(user: AuditedUser): Promise<void>;
  /** Waits until the log is read and the state is there. */
  settled(): Promise<void>;
  focused(): Promise<string>;
}

type It = Parameters<Parameters<typeof fakePageSuite>[1]>[1];

/** A suite whose tests each begin with the page for auditors, signed out. */
export function auditSuite(name: string, suite: (pages: AuditSuite, test: It) => void): void {
  fakePageSuite(
    name,
    (pages, it) => {
      const settled = async (): Promise<void> => {
        await pages.page.waitForSelector('#reading', { state: 'hidden' });
        await pages.page.waitForSelector('#state-summary:not(:empty)');
        await pages.page.waitForSelector('#state-section:not([aria-busy])');
      };
      const own: AuditSuite = {
        get page() {
          return pages.page;
        },
        get said() {
          return pages.said;
        },
        get world() {
          return pages.world;
        },
        get audit() {
          return pages.world.audit;
        },
        enter: () => pages.enter(),
        show: async (user) => {
          pages.world.audit.users.push(user.audited);
          await pages.enter();
          await pages.page.fill('#find-user', user.email ?? user.userId);
          await pages.page.press('#find-user', 'Enter');
          await pages.page.waitForSelector('#user:not([hidden])');
          await settled();
        },
        settled,
        focused: () => pages.focused(),
      };
      suite(own, it);
    },
    '/audit',
  );
}
