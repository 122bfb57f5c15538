import type { IconName } from './icons';

/** The icon of a kind of source; the globe stands for kinds that are newer than this table. */
export function sourceIcon(type: string): IconName {
  if (type === 'engage_messaging') return 'chat';
  if (type === 'sdk') return 'plug';
  return /mail/.test(type) ? 'mail' : 'globe';
}
