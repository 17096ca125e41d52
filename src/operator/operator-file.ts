import { randomBytes, randomUUID } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const FILE = 'operator.json';
const TOKEN_BYTES = 32;

const Shape = z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().min(1) });

/** Where a running server takes the operator's requests: the URL of its operations listener, and the token it asks for. */
export type OperatorAccess = z.infer<typeof Shape>;

/** A new random token for the operator's requests. */
export function newOperatorToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Says in the data folder how the operator's tool reaches this server; readable by the owner alone, replaced in one step. */
export async function writeOperatorFile(dataDir: string, access: OperatorAccess): Promise<void> {
  const temporary = path.join(dataDir, `.${FILE}.${randomUUID()}`);
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(access)}\n`);
  } finally {
    await handle.close();
  }
  await rename(temporary, path.join(dataDir, FILE));
}

/** How the tool reaches the server of a data folder; null if no server has said so. The server may have died since. */
export async function readOperatorFile(dataDir: string): Promise<OperatorAccess | null> {
  try {
    const parsed = Shape.safeParse(JSON.parse(await readFile(path.join(dataDir, FILE), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    // Missing, another user's, or cut off by a crash: there is no server to be reached by it.
    return null;
  }
}

/** Removes the file when the server stops, unless another server has put its own there. */
export async function removeOperatorFile(dataDir: string, access: OperatorAccess): Promise<void> {
  if ((await readOperatorFile(dataDir))?.token !== access.token) return;
  await unlink(path.join(dataDir, FILE)).catch(() => undefined);
}
