import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import {
  MongoBulkWriteError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
  MongoWriteConcernError,
} from 'mongodb';
import { StoreUnavailableError } from '../../src/domain/unavailable.js';
import { asUnavailable, duplicateKeysOf } from '../../src/adapters/mongodb/errors.js';
import { MongoConnection } from '../../src/adapters/mongodb/mongo-connection.js';

describe('a connection string', () => {
  it.each(['mongodb://ursula:s3cret@h:99999', 'mongodb://h/?foo=s3cret', 'mongodb://u:s3cret%ZZ@h/db', 's3cret'])(
    'that cannot be used (%s) is refused at once, without quoting it',
    (url) => {
      const open = (): MongoConnection => MongoConnection.open(url);
      expect(open).toThrow(StoreUnavailableError);
      expect(open).toThrow(/MongoDB connection string cannot be used/);
      expect(open).not.toThrow(/s3cret/);
    },
  );

  it.each([
    ['mongodb://h/?tls=maybe', 'cannot be used: tls/ssl must be either "true" or "false"'],
    ['mongodb://h/?tls=true&tlsCAFile=/nowhere', 'cannot be used: tlsCAFile names a file that is not there'],
    ['mongodb://h/a.b', "cannot be used: Database names cannot contain the character '.'"],
    // What the driver quotes of the hosts is left out.
    ['mongodb://ursula:s3cret', 'cannot be used'],
  ])('that is %s says what is wrong', (url, problem) => {
    expect(() => MongoConnection.open(url)).toThrow(expect.objectContaining({ name: 'StoreUnavailableError', problem }));
  });

  it('names the database, or leaves it at the default', async () => {
    const names = [
      ['mongodb://127.0.0.1:1', 'tokenledger'],
      ['mongodb://127.0.0.1:1/', 'tokenledger'],
      ['mongodb://127.0.0.1:1/?appName=a', 'tokenledger'],
      ['mongodb://127.0.0.1:1,127.0.0.1:2/?replicaSet=a', 'tokenledger'],
      ['mongodb://127.0.0.1:1/test', 'test'],
      ['mongodb://127.0.0.1:1/other?appName=a/b', 'other'],
    ] as const;
    for (const [url, name] of names) {
      const connection = MongoConnection.open(url);
      expect(connection.store('read model').db.databaseName).toBe(name);
      await connection.close();
    }
  });

  it('cannot weaken what is acknowledged and read', async () => {
    const url = 'mongodb://127.0.0.1:1/?w=1&journal=false&wtimeoutMS=0&readPreference=nearest&readConcernLevel=local';
    const connection = MongoConnection.open(url);
    const { db } = connection.store('key store');
    expect(db.writeConcern).toMatchObject({ w: 'majority', journal: true, wtimeoutMS: 5_000 });
    expect(db.readConcern?.level).toBe('majority');
    expect(db.readPreference.mode).toBe('primary');
    await connection.close();
  });
});

describe('what MongoDB fails with', () => {
  const answered = (code: number): MongoServerError => new MongoServerError({ message: 'refused', code });

  it.each<readonly [string, Error]>([
    ['a lost connection', new MongoNetworkError('connection closed')],
    ['no primary', new MongoServerSelectionError('timed out', {} as never)],
    ['a primary that stepped down', answered(10107)],
    ['an unmet write concern', new MongoWriteConcernError({ ok: 1, writeConcernError: { code: 64, errmsg: 'timeout' } })],
    ['a full disk', answered(14031)],
  ])('%s is an unavailable store', (_, error) => {
    expect(asUnavailable('key store', error)).toMatchObject({
      name: 'StoreUnavailableError',
      store: 'key store',
      cause: error,
    });
  });

  it.each([
    ['a refused sign-in', 18],
    ['a missing right', 13],
  ])('%s is the store refusing us: waiting does not help', (_, code) => {
    const failure = asUnavailable('read model', answered(code));
    expect(failure).toMatchObject({ name: 'StoreUnavailableError', cause: { name: 'StoreRefusedError' } });
  });

  it.each<readonly [string, Error]>([
    ['a query that is wrong', answered(2)],
    ['a document that is too large', answered(10334)],
    ['a key that is there already', answered(11000)],
    ['misuse of the driver', new MongoInvalidArgumentError('no')],
    ['a defect', new TypeError('no')],
  ])('%s stays what it is', (_, error) => {
    expect(asUnavailable('key store', error)).toBe(error);
  });
});

describe('a socket’s own error, which the driver passes on as it is', () => {
  it('is a failure of the store: the other side has ended the connection, and a command is written to it', async () => {
    const listening = createServer({ allowHalfOpen: true }, (peer) => peer.end()).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const socket = connect((listening.address() as AddressInfo).port, '127.0.0.1');
    socket.resume();
    await once(socket, 'end');
    const error = await new Promise((resolve) => socket.once('error', resolve).write('a command'));
    expect(error).toMatchObject({ code: 'EPIPE' });
    expect(asUnavailable('read model', error)).toBeInstanceOf(StoreUnavailableError);
    socket.destroy();
    listening.close();
  });

  it.each(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])('%s is one', (code) => {
    expect(asUnavailable('read model', Object.assign(new Error('no'), { code }))).toBeInstanceOf(StoreUnavailableError);
  });

  it('is none where the code is of something else', () => {
    const error = Object.assign(new Error('no'), { code: 'ERR_INVALID_ARG_TYPE' });
    expect(asUnavailable('read model', error)).toBe(error);
  });
});

describe('documents that a bulk write finds there already', () => {
  const refused = [
    { index: 0, code: 11000 },
    { index: 2, code: 11000 },
  ];
  const result = { getWriteErrors: () => refused, getWriteConcernError: () => undefined } as never;

  it('are named by their places', () => {
    expect(duplicateKeysOf(new MongoBulkWriteError({ message: 'duplicate', code: 11000 }, result))).toEqual([0, 2]);
  });

  it('are not all there is where the connection was cut: what was not written is written again', () => {
    const cut = new MongoBulkWriteError(new MongoNetworkError('connection closed'), result);
    const nothing = { getWriteErrors: () => [], getWriteConcernError: () => undefined } as never;
    const cutAtOnce = new MongoBulkWriteError(new MongoNetworkError('connection closed'), nothing);
    for (const error of [cut, cutAtOnce]) {
      expect(duplicateKeysOf(error)).toBeNull();
      expect(asUnavailable('read model', error)).toBeInstanceOf(StoreUnavailableError);
    }
  });

  it.each([
    ['a server that stops', { code: 11600 }, StoreUnavailableError],
    ['a document that is refused', { code: 121 }, MongoBulkWriteError],
  ])('do not hide %s', (_, other, kind) => {
    const mixed = (codes: readonly { readonly code: number }[]): unknown => {
      const failures = { getWriteErrors: () => codes, getWriteConcernError: () => undefined } as never;
      return new MongoBulkWriteError({ message: 'failed', code: codes[0]!.code }, failures);
    };
    for (const codes of [[{ code: 11000 }, other], [other, { code: 11000 }], [other]])
      expect(asUnavailable('read model', mixed(codes))).toBeInstanceOf(kind);
    const unsafe = { getWriteErrors: () => refused, getWriteConcernError: () => ({ code: 64 }) } as never;
    const error = new MongoBulkWriteError({ message: 'failed', code: 11000 }, unsafe);
    expect(asUnavailable('read model', error)).toBeInstanceOf(StoreUnavailableError);
  });
});
