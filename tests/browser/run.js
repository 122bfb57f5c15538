/**
 * Runs every test in a browser: `npm test`, or those that are named. Files with a failure are run once more, one by one with nothing
 * beside them: what fails then fails. What needed that is said at the end, since it hides a race, here or in the product.
 */
import { readdirSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Runs these; gives the files of those that failed. */
async function go(files, concurrency) {
  if (files.length === 0) return [];
  const failed = new Set();
  const running = run({ files, concurrency });
  running.on('test:fail', ({ file, name }) => failed.add(files.find((one) => file?.endsWith(one) || name.endsWith(one)) ?? file ?? name));
  const told = running.compose(new spec());
  told.pipe(process.stdout);
  await new Promise((done) => told.on('end', done));
  return [...failed];
}

const named = process.argv.slice(2);
const all = named.length > 0 ? named : readdirSync('.').filter((name) => name.endsWith('.test.js'));
// Three browsers at once are enough for a machine.
const heavy = (name) => name.includes('engines');
const first = [...(await go(all.filter((name) => !heavy(name)), 2)), ...(await go(all.filter(heavy), 1))];
const left = await go(first, 1);
for (const name of first) console.log(`ℹ second try: ${name}${left.includes(name) ? ', which failed too' : ''}`);
process.exit(left.length > 0 ? 1 : 0);
