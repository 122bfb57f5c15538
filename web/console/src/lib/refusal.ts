/** Why the server refused something, in the reader's language. Its own sentence is English and is never shown. */
import { ApiError } from './api/http';
import { region, t, tMaybe, type Params } from './i18n.svelte';

/**
 * For a place that is about more than one field: names the field that is at fault, as it is called on the screen. One that
 * has no name there is not named: what the server calls it says nothing.
 */
export function explain(cause: unknown): string {
  const field = cause instanceof ApiError ? cause.field : null;
  const named = field && nameOf(field);
  return named ? t('error.in_field', { field: named, problem: problem(cause) }) : problem(cause);
}

/** Of `conditions[2].value` the nearest part that has a name. */
function nameOf(field: string): string | null {
  const parts = field.replace(/\[(.*?)\]/g, '.$1').split('.');
  for (const part of parts.reverse()) {
    const named = tMaybe(`wire.${part}`);
    if (named) return named;
  }
  return null;
}

/** For a place right at the field: by the reason where there is one, else by the code. */
export function problem(cause: unknown): string {
  if (!(cause instanceof ApiError)) return t('error.unexpected');
  const values = Object.fromEntries(Object.entries(cause.values).map(([name, value]) => [name, shown(value)]));
  return (
    (cause.reason && tMaybe(`reason.${cause.reason}`, values)) ??
    tMaybe(`error.${cause.code}`) ??
    t('error.unexpected')
  );
}

function shown(value: unknown): Params[string] {
  if (typeof value === 'number') return value.toLocaleString(region());
  return Array.isArray(value) ? value.join(', ') : String(value);
}
