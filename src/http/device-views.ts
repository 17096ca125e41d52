import type { z } from 'zod';
import type { HistoryPage } from '../queries/device-history.js';
import type { DeviceList } from '../queries/queries.js';
import { encodeCursor } from './cursor.js';
import { timeView, type DeviceEventsView, type DevicesView } from './views.js';

export function devicesView({ devices, recentlyEnded, next }: DeviceList): z.input<typeof DevicesView> {
  return {
    devices: devices.map((device) => ({
      session_id: device.sid,
      device_id: device.deviceId,
      device_name: device.deviceName,
      ip: device.ip,
      user_agent: device.userAgent,
      issued_at: timeView(device.issuedAt),
      last_used_at: timeView(device.lastUsedAt),
      expires_at: timeView(device.expiresAt),
      generation: device.generation,
      current: device.current,
      contested: device.contested,
    })),
    recently_ended: recentlyEnded.map((session) => ({
      session_id: session.sid,
      device_id: session.deviceId,
      device_name: session.deviceName,
      ended_at: timeView(session.endedAt),
      reason: session.reason,
    })),
    next: next === null ? null : encodeCursor(next),
  };
}

export function deviceEventsView({ events, next }: HistoryPage): z.input<typeof DeviceEventsView> {
  return {
    events: events.map((event) => ({
      type: event.type,
      occurred_at: timeView(event.occurredAt),
      generation: event.generation,
      ip: event.ip,
      user_agent: event.userAgent,
      reason: event.reason,
      contested: event.contested,
    })),
    next,
  };
}
