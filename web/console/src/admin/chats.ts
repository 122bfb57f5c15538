import type { Id, MessagingItem, Source } from '../lib/api/types';
import { catalog } from '../lib/catalog.svelte';
import { t } from '../lib/i18n.svelte';
import type { First } from './manage/describe';

/** The sources that are chats on sites. */
export const chats = (): Source[] => catalog.sources.filter((source) => source.type === 'engage_messaging');

export const chatName = (id: Id): string => catalog.sources.find((source) => source.id === id)?.name ?? '—';

/** What belongs to chats needs one; null when there is one. */
export const chatFirst = (): First | null =>
  chats().length ? null : { why: t('chats.first'), path: '/admin/sources/new', label: t('sources.add') };

/** What an item says in all languages, without its markup. */
export const saidBy = ({ label, html, texts, body }: MessagingItem): string =>
  [label, html.replace(/<[^>]*>/g, ' '), ...Object.values(texts).flatMap((one) => Object.values(one)), ...Object.values(body)].join(' ');
