/** What a line of the history says, to the one who reads it. */
import type { Id, Line } from '../api/types';
import { t, tMaybe, type Params } from '../i18n.svelte';

export interface Reader {
  id: Id | undefined;
  /** What is called by something else than its id. */
  customer: string | null;
  category: (id: Id) => string | undefined;
  tag: (id: Id) => string | undefined;
  moment: (iso: string) => string;
}

/** The form of a deed: what was done alone does not always say how it is told. */
function formOf({ deed, by, holder, author, to, reason, category_ids, removed_category_ids, tag_ids, removed_tag_ids }: Line, me: Reader['id']): string {
  // Who takes a case is not told twice.
  if ((deed === 'opened' || deed === 'given') && by && holder && holder.id !== by.id)
    return holder.id === me ? 'given_to_you' : 'given_to';
  if ((deed === 'approved' || deed === 'refused') && author && author.id === me) return `${deed}.yours`;
  // Whose word did not arrive: who has the case need not have written it.
  if ((deed === 'opened' || deed === 'reopened') && reason) return holder?.id === me && author?.id === me ? 'failed_yours' : 'failed';
  if (deed === 'canceled' && reason) return 'canceled_gone';
  if (deed === 'categorized' && !category_ids.length) return 'uncategorized';
  if (deed === 'categorized' && removed_category_ids.length) return 'recategorized';
  if (deed === 'tagged' && !tag_ids.length) return 'untagged';
  if (deed === 'tagged' && removed_tag_ids.length) return 'retagged';
  if (deed === 'handed_over') return to === 'bot' ? 'to_bots' : 'to_people';
  return deed;
}

/** That something was taken back, and what, once its word is there. */
export function undoneText({ by, undone }: Line, me: Reader['id']): string {
  const what = undone && tMaybe(`undone.${undone}`);
  return what ? t(by?.id === me ? 'undone.by.you' : 'undone.by', { name: by?.name ?? t('thread.somebody'), what }) : t('undo.done');
}

export function lineText(line: Line, reader: Reader): string {
  const { by, holder, author } = line;
  if (line.deed === 'undone') return undoneText(line, reader.id);
  const somebody = t('thread.somebody');
  const named = (ids: Id[], of = reader.category) => ids.flatMap((id) => of(id) ?? []).join(', ');
  const tags = line.deed === 'tagged';
  const params: Params = {
    name: by?.name ?? holder?.name ?? somebody,
    to: line.screenname ?? (author ?? holder)?.name ?? somebody,
    customer: reader.customer ?? t('marker.customer'),
    until: line.until ? reader.moment(line.until) : '',
    added: tags ? named(line.tag_ids, reader.tag) : named(line.category_ids),
    removed: tags ? named(line.removed_tag_ids, reader.tag) : named(line.removed_category_ids),
    excerpt: line.excerpt ?? '',
    score: line.score ?? '',
    max: line.score_max ?? '',
  };
  const say = (form: string) => tMaybe(`marker.${form}`, params);
  const form = formOf(line, reader.id);
  if (line.cause && !by) return say(`cause.${line.cause}`) ?? '';
  if (form === 'to_people' && line.reason) return say(`${form}.${line.reason}`) ?? say(form)!;
  if (form === 'survey_answered' && (line.score === null || line.score_max === null)) return say(`${form}.plain`)!;
  if (by) return (by.id === reader.id && say(`${form}.you`)) || say(form) || say(`${form}.alone`) || form;
  return (holder?.id === reader.id && say(`${form}.alone.you`)) || say(`${form}.alone`) || say(form) || form;
}
