import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'hubbub-widget-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What a page that holds the chat pays: the loader always, the rest when there is something to decide or to show. */
test.each([
  ['loader', 4],
  ['telling', 5],
  ['manager', 7],
  ['alerts', 3],
  ['cards', 3],
  ['files', 3],
  ['list', 4],
  ['refused', 2],
  ['renew', 1],
  ['catalog', 4],
  ['commands', 1],
  ['consent', 2],
  ['debug', 5],
  ['emoji', 2],
  ['words', 3],
  ['chat', 25],
  ['live', 4],
  ['email', 2],
])('the %s is at most %d KB as it travels', (name, most) => {
  execFileSync('npx', ['vite', 'build', '--mode', name, '--outDir', folder, '--emptyOutDir', 'false', '--logLevel', 'error']);
  expect(gzipSync(readFileSync(join(folder, `${name}.js`)), { level: 9 }).length).toBeLessThanOrEqual(most * 1024);
}, 60_000);
