/** Adds one tree of texts to another. */
export function merge(into: Record<string, unknown>, from: unknown): Record<string, unknown> {
  for (const [key, value] of Object.entries(Object(from) as object)) {
    if (key === '__proto__') continue;
    const known = Object.hasOwn(into, key) ? into[key] : {};
    into[key] = value && typeof value === 'object' ? merge(Object(known), value) : value;
  }
  return into;
}
