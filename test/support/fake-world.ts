import { randomUUID } from 'node:crypto';
import { FakeAudit } from './fake-audit.js';
import { type FakeRequest, type Interception } from './fake-answer.js';

export interface FakeDevice {
  session_id: string;
  device_id: string;
  device_name: string | null;
  ip: string | null;
  user_agent: string | null;
  issued_at: string;
  last_used_at: string;
  expires_at: string;
  generation: number;
  contested: boolean;
}

export interface FakeEnded {
  session_id: string;
  device_id: string;
  device_name: string | null;
  ended_at: string;
  reason: string;
}

export interface FakeEvent {
  type: string;
  occurred_at: string;
  generation: number;
  ip: string | null;
  user_agent: string | null;
  reason: string | null;
  contested: boolean;
}

/** An account as administrators see it. */
export interface FakeUser {
  user_id: string;
  email: string | null;
  email_verified: boolean;
  name: string | null;
  status: 'active' | 'disabled' | 'erased' | 'abandoned';
  roles: string[];
  created_at: string;
}

/** The one account that can sign in, once somebody has registered it, and those that it may administer. */
export class FakeWorld {
  readonly userId = randomUUID();
  email: string | null = null;
  password = '';
  verified = true;
  roles: string[] = [];
  /** For administrators; in the order of the list. */
  users: FakeUser[] = [];
  /** By user. */
  readonly sessions = new Map<string, { active: FakeDevice[]; ended: FakeEnded[] }>();
  /** The session of the page; null while it is signed out. */
  current: string | null = null;
  devices: FakeDevice[] = [];
  ended: FakeEnded[] = [];
  /** By session, newest first. */
  readonly events = new Map<string, FakeEvent[]>();
  /** Whether ending other sessions needs the password. */
  needsPassword = false;
  sendsMail = false;
  readonly audit = new FakeAudit();
  intercept: Interception = () => undefined;
  readonly requests: FakeRequest[] = [];

  device(more: Partial<FakeDevice> = {}): FakeDevice {
    const now = Date.now();
    return {
      session_id: randomUUID(),
      device_id: randomUUID(),
      device_name: null,
      ip: '203.0.113.8',
      user_agent: null,
      issued_at: new Date(now - 3_600_000).toISOString(),
      last_used_at: new Date(now).toISOString(),
      expires_at: new Date(now + 7 * 86_400_000).toISOString(),
      generation: 0,
      contested: false,
      ...more,
    };
  }
}
