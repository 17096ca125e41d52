import { ACCOUNT_FIELDS } from '../../src/domain/event-format/account-fields.js';
import { FAMILY_FIELDS, OWN_FIELDS } from '../../src/domain/event-format/family-fields.js';
import type { Field } from '../../src/domain/event-format/field.js';
import { FORMATS, type EventFormat } from '../../src/domain/event-format/formats.js';
import type { StreamKind } from '../../src/domain/streams.js';
import { LEAF_FORMAT, MAC_FORMAT } from '../../src/event-store/event-record.js';

const INTRODUCTION = `# Events

Written from the code (\`src/domain/event-format/\`); a test compares. Every stream name begins with \`STREAM_PREFIX\`
(default \`tokenledger_\`). What a stream's name says (user, device) no event of it says again. Data and metadata are canonical
JSON (RFC 8785). A field that says nothing (null, false, an empty list) is left out.

**Metadata** of every event, all strings: \`schemaVersion\` (of its type), \`occurredAt\` (ISO 8601), \`correlationId\` (the server's own
id of the request or run), \`actor\` (\`user\`, \`anonymous\`, \`system\`, \`operator:<name>\`, \`admin:<userId>\`, \`client:<id>\`), \`mac\` (key id
and HMAC-SHA-256), and \`traceparent\` where there was a trace.

Kinds: *uuid*; *text*; *count* (a whole number from 0); *instant* (milliseconds since 1970); *flag* (\`true\`, or left out); *sealed*
(encrypted under the user's own key); *texts*, *list*.
`;

const RECORDS = `## The records of an event

What is computed over an event is computed over lines of text (UTF-8), each ended by a line feed. \`stream\` is the whole name, prefix
included; data and metadata are the canonical JSON that is stored. No line of an event of ours holds a line feed.

| record | lines | what it is for |
|---|---|---|
| \`${MAC_FORMAT}\` | \`${MAC_FORMAT}\`, history id in force at the position, stream, revision, event id, type, data, metadata without \`mac\` | \`mac\` in the metadata is \`<key id>.<HMAC-SHA-256 of the record, base64url>\` under that integrity key |
| \`${LEAF_FORMAT}\` | \`${LEAF_FORMAT}\`, stream, revision, event id, type, SHA-256 of the data, SHA-256 of the metadata with \`mac\`, both in lower-case hex | a leaf of the Merkle tree (RFC 9162 §2.1.1: the hash of a zero byte and the record); \`digest\` of \`EventDisowned\` is its SHA-256 in hex |
`;

const STREAMS: Readonly<Record<StreamKind, string>> = {
  token: '`token-<userId>.<deviceId>`: a device of a user',
  user: '`user-<userId>`: an account',
  email: '`email-<key>`: an email, by an HMAC of its normal form',
  mail: '`mail-<eventId>`: what became of the mail that an event asks for',
  seal: '`seal`: the checkpoint notes',
  log: "`log`: the log's own history",
};

/** docs/EVENTS.md: every stream, event and field, as the codec writes them. */
export function eventCatalogue(): string {
  const streams = (Object.keys(STREAMS) as StreamKind[]).map(streamSection);
  return `${INTRODUCTION}\n${streams.join('\n')}\n${RECORDS}`;
}

function streamSection(kind: StreamKind): string {
  const events = Object.entries(FORMATS).filter(([, { stream }]) => stream === kind);
  const parts = [`## ${STREAMS[kind]}\n`, snapshotOf(kind), ...events.map(([type, format]) => eventSection(type, format))];
  return parts.filter((part) => part !== '').join('\n');
}

function snapshotOf(kind: StreamKind): string {
  if (kind === 'token')
    return (
      `Every event carries the family's snapshot, so the newest event alone is the state. \`TokenIssued\` and \`TokenRotated\` leave out ` +
      `${OWN_FIELDS.map(({ wire }) => `\`${wire}\``).join(', ')}: they are the event's own id, time and revision.\n\n${table(FAMILY_FIELDS)}`
    );
  if (kind === 'user')
    return `Every event carries the account's snapshot after its append, so the newest event alone is the state.\n\n${table(ACCOUNT_FIELDS)}`;
  return '';
}

function eventSection(type: string, { schemaVersion, meaning, fields }: EventFormat): string {
  const own = Object.keys(fields).length === 0 ? '' : `\n${table(fields)}`;
  return `### ${type} (version ${schemaVersion})\n\n${meaning}\n${own}`;
}

function table(fields: Readonly<Record<string, Field>>): string {
  const rows = Object.values(fields).map(
    ({ wire, kind, optional, meaning }) => `| \`${wire}\` | ${kind}${optional === true ? ', optional' : ''} | ${meaning} |`,
  );
  return ['| field | kind | |', '|---|---|---|', ...rows, ''].join('\n');
}
