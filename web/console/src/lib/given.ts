/**
 * What a desk has from its beginning was named in English. Until somebody calls it otherwise, its readers have it in their
 * own language; the name that is kept stays.
 */
import { t, type MessageKey } from './i18n.svelte';

const names = new Map<string, MessageKey>([
  ['Async', 'given.async'],
  ['Realtime', 'given.realtime'],
  ['Default button', 'given.button'],
]);

export function given(name: string): string {
  const key = names.get(name);
  return key ? t(key) : name;
}
