import type { Position } from '../event-store/position.js';

/** The holder of a Bearer token that was accepted just now: its family was alive by the log. */
export interface Bearer {
  readonly userId: string;
  readonly sid: string;
  readonly deviceId: string;
  readonly roles: readonly string[];
  /** When the user signed in, milliseconds since 1970. */
  readonly authTime: number;
  /** The key that the token is bound to (RFC 9449); null if it is bound to none. */
  readonly jkt: string | null;
  /** The newest log position seen while checking: what a query must have applied to show this session as it is. */
  readonly position: Position;
}
