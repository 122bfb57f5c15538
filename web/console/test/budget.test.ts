import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { parts } from '../src/lib/catalogues';

const folder = mkdtempSync(join(tmpdir(), 'hubbub-console-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What an agent waits for before anything is seen: all that the page names itself, scripts and styles. */
test('the first load is at most 120 KB as it travels', { timeout: 120_000 }, () => {
  // Where tests run, Svelte would be built with all that it tells developers.
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync('npx', ['vite', 'build', '--outDir', folder, '--emptyOutDir', 'false', '--logLevel', 'error'], { env });
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const files = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map((match) => match[1]!);
  const sizes = files.map((file) => [file, gzipSync(readFileSync(join(folder, file)), { level: 9 }).length] as const);
  const all = sizes.reduce((sum, [, size]) => sum + size, 0);
  expect(all, sizes.map((one) => one.join(' ')).join(', ')).toBeLessThanOrEqual(120 * 1024);
});

test.each(['admin', 'own'] as const)('what only the pages of %s say comes with them', (part) => {
  const stems = (texts: object) => [...new Set(Object.keys(texts).map((key) => key.split('.')[0]!))];
  const apart = stems(parts[part].en!);
  expect(stems(parts.desk.en!).filter((stem) => apart.includes(stem))).toEqual([]);
  const files = import.meta.glob<string>(['../src/**/*.{ts,svelte}', '!../src/**/*.test.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  const said = new RegExp(`\\bt(?:n|Maybe)?\\(\\s*['\`](?:${apart.join('|')})\\.`);
  const elsewhere = Object.entries(files).filter(([file]) => !file.startsWith(`../src/${part}/`));
  expect(elsewhere.flatMap(([file, text]) => (said.test(text) ? file : []))).toEqual([]);
});
