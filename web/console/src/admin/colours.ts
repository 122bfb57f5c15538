import type { MessageKey } from '../lib/i18n.svelte';

/** The API's colours by number. Categories have the first seven, sources all ten. */
export const colourNames: MessageKey[] = [
  'colour.default',
  'colour.blue',
  'colour.green',
  'colour.turquoise',
  'colour.purple',
  'colour.yellow',
  'colour.orange',
  'colour.red',
  'colour.asphalt',
  'colour.grey',
];
