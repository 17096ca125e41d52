#!/usr/bin/env node
/**
 * Starts the operator's and auditor's tool. In a fresh clone it builds first: without a compiled program `npx tokenledger` would
 * otherwise look for a package of that name elsewhere.
 */
import { existsSync } from 'node:fs';

const tool = new URL('../dist/scripts/tokenledger.js', import.meta.url);
if (!existsSync(tool)) {
  const { compile } = await import('../scripts/build/compile.mjs');
  await compile();
}
await import(tool.href);
