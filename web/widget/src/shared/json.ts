import { wellFormed } from '../../../shared/wellformed';

/**
 * JSON on pages whose old libraries have replaced the browser's, or taught arrays a `toJSON` that writes them as texts.
 */

/** Writes a value as JSON, with nothing but ASCII and no half characters in it. What JSON has no form for becomes null. */
export function pack(value: unknown): string {
  if (typeof value === 'string') return `"${wellFormed(value).replace(/[^ !#-[\]-~]/g, escape)}"`;
  if (Array.isArray(value)) return `[${value.map((one) => pack(one))}]`;
  if (value instanceof Date) return pack(value.toISOString());
  if (value && typeof value === 'object') {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return `{${fields.map(([name, field]) => `${pack(name)}:${pack(field)}`)}}`;
  }
  return typeof value === 'boolean' || (typeof value === 'number' && isFinite(value)) ? `${value}` : 'null';
}

const escape = (unit: string) => `\\u${`000${unit.charCodeAt(0).toString(16)}`.slice(-4)}`;

let parse: typeof JSON.parse | undefined;

/** Reads JSON, and gives null for what is none. */
export function unpack(text?: string | null): unknown {
  try {
    return (parse ??= ownParse())(text ?? '');
  } catch {
    return null;
  }
}

/** The page's `JSON.parse` if it can read, and that of a fresh frame if an old library has put its own there. */
function ownParse(): typeof JSON.parse {
  try {
    if (JSON.parse('[{"a":1}]')[0].a === 1) return JSON.parse;
  } catch {
    // Something else bears the name.
  }
  const frame = document.createElement('iframe');
  document.documentElement.appendChild(frame);
  const fresh = (frame.contentWindow as typeof window).JSON.parse;
  frame.remove();
  return fresh;
}
