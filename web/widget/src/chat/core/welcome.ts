import { language } from '../../shared/locale';
import type { Source } from '../../shared/types';

/** The welcome in the visitor's language, in a near one (`pt` for `pt-BR`), else the one for all languages. */
export function welcomeOf({ locale, welcome_message, welcome_messages }: Source): string | null {
  const wanted = language(locale);
  const base = (code: string) => code.toLowerCase().split('-')[0];
  const exact = welcome_messages.find((one) => one.language.toLowerCase() === wanted);
  const near = welcome_messages.find((one) => base(one.language) === base(wanted));
  return (exact ?? near)?.body ?? welcome_message;
}
