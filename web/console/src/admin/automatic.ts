/** What a source answers by itself: its part of a source's form. */
import type { Source } from '../lib/api/types';
import { t, type MessageKey } from '../lib/i18n.svelte';
import LanguageTexts, { type LanguageText } from './LanguageTexts.svelte';
import { isLength, length, seconds } from './lengths';
import type { Shape } from './manage/describe';
import { languagesFit, told } from './welcomes';

/** Which there are: the names of a form's fields for each begin with its key. */
const KINDS = { auto_first: 'first_message_from_user', auto_hours: 'out_of_office_hours_message' } as const;
type Key = keyof typeof KINDS;
const keys = Object.keys(KINDS) as Key[];

function textsOf(source: Source | null, kind: string): LanguageText[] {
  const all = (source?.auto_response_triggers ?? []).filter((one) => one.created_from_trigger === kind);
  const rows = all.map(({ language, body }) => ({ language: language ?? '', body: body ?? '' }));
  return rows.length ? rows : [{ language: source?.default_content_language ?? 'en', body: '' }];
}

const valuesOf = (source: Source | null, kind: (typeof KINDS)[Key]) => ({
  on: source?.auto_response_trigger_enabled?.[kind] === true,
  texts: textsOf(source, kind),
  grace: length(source?.auto_response_trigger_grace_periods?.[kind] ?? 0),
});

export const automaticValues = (source: Source | null) => {
  const [first, hours] = [valuesOf(source, KINDS.auto_first), valuesOf(source, KINDS.auto_hours)];
  return {
    auto_first: first.on,
    auto_first_texts: first.texts,
    auto_first_grace: first.grace,
    auto_hours: hours.on,
    auto_hours_texts: hours.texts,
    auto_hours_grace: hours.grace,
  };
};

type Values = ReturnType<typeof automaticValues>;

const WORDS = { body: 'automatic.text', drop: 'automatic.drop', add: 'automatic.add' } satisfies Record<string, MessageKey>;

const shapeOf = (values: Values, key: Key): Shape => [
  { name: key, label: t(`automatic.${key}`), hint: t(`automatic.${key}_hint`), kind: 'check' },
  ...(values[key]
    ? ([
        {
          name: `${key}_texts`,
          label: t('automatic.texts'),
          hint: t('automatic.texts_hint'),
          kind: 'special',
          component: LanguageTexts,
          props: { testid: key.replace('_', '-'), words: WORDS },
          says: told(values[`${key}_texts`]),
        },
        { name: `${key}_grace`, label: t('automatic.grace'), hint: t('automatic.grace_hint'), half: true },
      ] satisfies Shape)
    : []),
];

export const automaticShape = (values: Values): Shape => [
  { part: t('automatic.part'), lead: t('automatic.lead') },
  ...keys.flatMap((key) => shapeOf(values, key)),
];

/** What is on says something, in languages that are such. */
export const automaticProblems = (values: Values): Record<string, string | false> =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const [texts, grace] = [values[`${key}_texts`], values[`${key}_grace`]];
      const said = texts.some(({ body }) => body.trim());
      const wrong = said ? !languagesFit(texts) && t('sources.welcome_language_needed') : t('automatic.text_needed');
      return [
        [`${key}_texts`, values[key] && wrong],
        [`${key}_grace`, values[key] && !isLength(grace) && t('sources.length_wrong')],
      ];
    }),
  );

/** What is sent: a text of what is off is kept. */
export const automaticSent = (values: Values) => ({
  auto_response_trigger_enabled: Object.fromEntries(keys.map((key) => [KINDS[key], values[key]])),
  auto_response_trigger_grace_periods: Object.fromEntries(
    keys.map((key) => [KINDS[key], isLength(values[`${key}_grace`]) ? seconds(values[`${key}_grace`]) : 0]),
  ),
  auto_response_triggers: keys.flatMap((key) =>
    values[`${key}_texts`]
      .filter(({ body }) => body.trim())
      .map(({ language, body }) => ({ language: language.trim(), created_from_trigger: KINDS[key], body })),
  ),
});
