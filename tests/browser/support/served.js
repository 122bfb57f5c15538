/** What the console reads of the server, as a program in TypeScript that compiles only where the server's document agrees. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const sources = resolve(import.meta.dirname, '../../../web/console/src');
const types = readFileSync(join(sources, 'lib/api/types.ts'), 'utf8');
const named = new Set([...types.matchAll(/^export (?:interface|type) (\w+)/gm)].map((found) => found[1]));

/** `get<Type>('/path…'`, `request<Type>('PUT', '/path…'` and the like. */
const CALL = new RegExp(
  String.raw`\b(get|post|put|del|request|everything|collection)<((?:[^<>()]|<(?:[^<>]|<[^<>]*>)*>)+)>` +
    '\\(\\s*(?:\'(\\w+)\',\\s*)?([\'`])([^\'`]+)\\4',
  'g',
);

/** The path of the document that a path in the console's code is made for. */
function documented(path, document) {
  const parts = path.replace(/\?.*$/, '').replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '{}').split('/');
  const fits = (template) => {
    const wanted = template.split('/');
    const same = (part, n) => part === parts[n] || (part.startsWith('{') && parts[n] === '{}');
    return wanted.length === parts.length && wanted.every(same);
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
  for (const entry of readdirSync(sources, { recursive: true })) {
    if (!/\.(ts|svelte)$/.test(entry) || /\.test\.ts$/.test(entry)) continue;
    const source = readFileSync(join(sources, entry), 'utf8');
    for (const [, call, raw, method, , path] of source.matchAll(CALL)) {
      const type = own(raw);
      // One letter is a type that the caller gives.
      if (/\b[RT]\b(?!\.)/.test(type)) continue;
      if (call === 'everything') {
        add(entry, path, 'get', `T.Page<${type}>`);
      } else if (call === 'collection') {
        add(entry, path, 'get', `T.Page<${type}>`);
        add(entry, path, 'post', type);
        add(entry, `${path}/\${id}`, 'put', type);
      } else {
        add(entry, path, (method ?? { del: 'delete' }[call] ?? call).toLowerCase(), type);
      }
    }
  }
  return { program: HEAD + lines.join('\n') + '\n', count: lines.length / 2, lost };
}

/** Structured messages are checked when they come rather than described. */
const HEAD = `import type { paths } from './openapi.js';
import type * as T from '../../../web/console/src/lib/api/types.js';

type Answers<P extends keyof paths, M extends keyof paths[P]> =
  paths[P][M] extends { responses: { 200: { content: { 'application/json': infer A } } } } ? A : never;
declare function answer<P extends keyof paths, M extends keyof paths[P]>(): Answers<P, M>;
type Read<T> = T extends (infer E)[] ? Read<E>[]
  : T extends object ? { [K in keyof T]: K extends 'structured_content' ? unknown : Read<T[K]> }
  : T;

`;
