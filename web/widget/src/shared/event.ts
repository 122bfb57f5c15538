import type { By, Named } from './types';

/** How events name a trigger or an item; those that are none of the source's have no id. */
export const naming = (kind: 'trigger' | 'item', of?: Named) => ({
  [`${kind}_id`]: of?.id ?? null,
  [`${kind}_label`]: of?.label ?? '',
  [`${kind}_human_id`]: of?.id ? `${of.label} #${of.id}` : '',
});

/** The trigger that shows the chat, as events name it. */
export const byTrigger = (of?: Named, trigger_continuation = false) =>
  ({ ...naming('trigger', of), trigger_continuation }) as unknown as By;
