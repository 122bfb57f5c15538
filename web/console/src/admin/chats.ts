import type { Id, Source } from '../lib/api/types';
import { catalog } from '../lib/catalog.svelte';

/** The sources that are chats on sites. */
export const chats = (): Source[] => catalog.sources.filter((source) => source.type === 'engage_messaging');

export const chatName = (id: Id): string => catalog.sources.find((source) => source.id === id)?.name ?? '—';
