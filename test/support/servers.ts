import { BSON } from 'mongodb';
import { openEventStoreServer, type OpenedServer } from './eventstoredb/open-server.js';
import { filesOf, type Content } from './files.js';
import { inDatabase, openMongoDatabase, type MongoDatabase } from './mongo-database.js';
import { temporaryFolder } from './temporary-folder.js';

/** An EventStoreDB and a MongoDB database of one installation. */
export class Servers {
  readonly database: MongoDatabase;
  readonly #folder: ReturnType<typeof temporaryFolder>;
  #log: OpenedServer;

  private constructor(parts: { folder: ReturnType<typeof temporaryFolder>; log: OpenedServer; database: MongoDatabase }) {
    this.#folder = parts.folder;
    this.#log = parts.log;
    this.database = parts.database;
  }

  /** `mongoUrl` names the server that gets the database. */
  static async open(mongoUrl: string): Promise<Servers> {
    const folder = temporaryFolder();
    const log = await openEventStoreServer({ folder: folder.path });
    return new Servers({ folder, log, database: openMongoDatabase(mongoUrl) });
  }

  /** What an installation is configured by to be there. */
  get env(): Readonly<Record<'EVENTSTORE_URL' | 'MONGODB_URL', string>> {
    return { EVENTSTORE_URL: this.#log.url, MONGODB_URL: this.database.url };
  }

  /** The SQLite file behind the EventStoreDB. */
  get logFile(): string {
    return this.#log.file;
  }

  /** Ends the EventStoreDB and starts another on the same port and folder, which remembers nothing of it; `between` has the folder. */
  async restartLog(between: (folder: string) => void = () => undefined): Promise<void> {
    const { port } = this.#log.server;
    await this.#log.close();
    between(this.#folder.path);
    this.#log = await openEventStoreServer({ folder: this.#folder.path, port });
  }

  /** Everything that they hold: the files behind the EventStoreDB, and each document of the database, by its collection. */
  async contents(): Promise<readonly Content[]> {
    const documents = await inDatabase(this.database.url, async (db) => {
      const found: Content[] = [];
      for (const { name } of await db.listCollections().toArray())
        for await (const document of db.collection(name).find()) found.push([name, BSON.serialize(document)]);
      return found;
    });
    return [...filesOf(this.#folder.path), ...documents];
  }

  async close(): Promise<void> {
    await this.#log.close();
    await this.database.close();
    this.#folder.remove();
  }
}
