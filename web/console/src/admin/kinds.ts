import { t } from '../lib/i18n.svelte';
import type { Option } from './manage/describe';

const known = ['engage_messaging', 'sdk', 'email'] as const;

/** What a kind of source or community is called. */
export function kindOf(type: string): string {
  const name = known.find((one) => one === type);
  return name ? t(`sources.type.${name}`) : t('sources.type.other', { type });
}

/** The kinds that can be made here, and the one that is there already. */
export function kinds(present?: string): Option[] {
  const all = present && !known.some((one) => one === present) ? [present] : known;
  return all.map((value) => ({ value, label: kindOf(value) }));
}
