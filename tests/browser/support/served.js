/** What the console reads of the server, as a program in TypeScript that compiles only where the server's document agrees. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const console = resolve(import.meta.dirname, '../../../web/console/src');
const types = readFileSync(join(console, 'lib/api/types.ts'), 'utf8');
const named = new Set([...types.matchAll(/^export (?:interface|type) (\w+)/gm)].map((found) => found[1]));

/** `get<Type>('/path…'`, `request<Type>('PUT', '/path…'` and the like. */
const CALL = /\b(get|post|put|del|request|everything|collection)<((?:[^<>()]|<(?:[^<>]|<[^<>]*>)*>)+)>\(\s*(?:'(\w+)',\s*)?(['`])([^'`]+)\4/g;

/** The path of the document that a path in the console's code is made for. */
function documented(path, document) {
  const parts = path.replace(/\?.*$/, '').replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '{}').split('/');
  const fits = (template) => {
    const wanted = template.split('/');
    return wanted.length === parts.length && wanted.every((part, n) => part === parts[n] || (part.startsWith('{') && parts[n] === '{}'));
  };
  return Object.keys(document.paths).find(fits);
}

/** The names of the console's types, said as those of one module. */
const own = (type) => type.replace(/(?<![\w.])[A-Z]\w*/g, (name) => (named.has(name) ? `T.${name}` : name));

/**
 * The program, and how many calls it is made of. A `collection` is read as a list, and as what a change answers with.
 *
 * @returns {{program: string, count: number, lost: string[]}}
 */
export function served(document) {
  const lines = [];
  const lost = [];
  const add = (file, path, method, type) => {
    const template = documented(path, document);
    if (!document.paths[template]?.[method]) return lost.push(`${file}: ${method} ${path}`);
    lines.push(`// ${file}`, `{ const read: Read<${type}> = answer<'${template}', '${method}'>(); void read; }`);
  };
  for (const entry of readdirSync(console, { recursive: true })) {
    if (!/\.(ts|svelte)$/.test(entry) || /\.test\.ts$/.test(entry)) continue;
    for (const [, call, raw, method, , path] of readFileSync(join(console, entry), 'utf8').matchAll(CALL)) {
      const type = own(raw);
      // One letter is a type that the caller gives.
      if (/\b[RT]\b(?!\.)/.test(type)) continue;
      if (call === 'collection' || call === 'everything') add(entry, path, 'get', `T.Page<${type}>`);
      if (call === 'collection') for (const verb of ['post', 'put']) add(entry, verb === 'put' ? `${path}/\${id}` : path, verb, type);
      if (!['collection', 'everything'].includes(call)) add(entry, path, (method ?? { del: 'delete' }[call] ?? call).toLowerCase(), type);
    }
  }
  return { program: HEAD + lines.join('\n') + '\n', count: lines.length / 2, lost };
}

/** What is checked when it comes rather than described: structured messages, and the values of settings and fields. */
const HEAD = `import type { paths } from './openapi.js';
import type * as T from '../../../web/console/src/lib/api/types.js';

type Answers<P extends keyof paths, M extends keyof paths[P]> =
  paths[P][M] extends { responses: { 200: { content: { 'application/json': infer A } } } } ? A : never;
declare function answer<P extends keyof paths, M extends keyof paths[P]>(): Answers<P, M>;
type Read<T> = T extends (infer E)[] ? Read<E>[]
  : T extends object ? { [K in keyof T]: K extends 'structured_content' ? unknown : Read<T[K]> }
  : T;

`;
