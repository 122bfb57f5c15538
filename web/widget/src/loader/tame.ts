/** How much a command may hold: what lies deeper weighs more, so that nothing lies deeper than a server reads. */
const MOST = 2000;
let left: number;

/**
 * What a page gives, as plain data that calls nothing of the page's when it is read again: proxies and getters are read
 * here, once. What has no end, or cannot be read, throws.
 */
export function tame(value: unknown, depth = 0): unknown {
  if (!depth) left = MOST;
  // Functions and symbols have no form as text.
  if (!value || typeof value !== 'object') return /^[fs](?!t)/.test(typeof value) ? null : value;
  if (value instanceof Date) return value.toJSON();
  if ((left -= ++depth) < 0) throw new Error('no end');
  if (Array.isArray(value)) return Object.values(value).map((one) => tame(one, depth));
  const tamed: Record<string, unknown> = {};
  // Without names by which a text of it would call what it holds.
  for (const [key, one] of Object.entries(value)) if (!(key in {})) tamed[key] = tame(one, depth);
  return tamed;
}
