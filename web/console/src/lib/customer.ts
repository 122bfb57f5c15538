import type { ThreadRow } from './api/types';
import { t } from './i18n.svelte';

/** Whom nobody has named, the server calls so. */
const NAMELESS = /^Visitor ([2-9b-z]{6})$/;

/** A person's name, in the reader's language where the server made it up. */
export const called = (name: string): string => {
  const code = NAMELESS.exec(name)?.[1];
  return code ? t('person.nameless', { code }) : name;
};

/** What a conversation's customer is called; while it has none, that is said. */
export const customerName = (row: Pick<ThreadRow, 'identity'>): string =>
  row.identity ? called(row.identity.display_name) : t('list.no_customer');
