/** What a chat over days says by mail: its part of a source's form. */
import type { Source } from '../lib/api/types';
import { t } from '../lib/i18n.svelte';
import { isLength, length } from './lengths';
import type { Shape } from './manage/describe';

export const mailValues = (source: Source | null) => ({
  unread_email: source?.unread_email ?? true,
  unread_email_delay: length(source?.unread_email_delay ?? 900),
  email_sender_name: source?.email_sender_name ?? '',
  back_to_chat_link: source?.back_to_chat_link ?? '',
  automatic_email_request: source?.automatic_email_request ?? false,
  email_request_grace_period: length(source?.email_request_grace_period ?? 7200),
});

type Values = ReturnType<typeof mailValues>;

/** `sends` is whether the server sends mails at all. */
export const mailShape = ({ unread_email, automatic_email_request }: Values, sends: boolean): Shape => [
  { part: t('sources.mail'), lead: t(sends ? 'sources.mail_lead' : 'sources.mail_off') },
  { name: 'unread_email', label: t('sources.unread_email'), kind: 'check' },
  ...(unread_email
    ? ([
        { name: 'unread_email_delay', label: t('sources.unread_email_delay'), hint: t('sources.unread_email_delay_hint'), half: true },
        { name: 'email_sender_name', label: t('sources.email_sender_name'), hint: t('sources.email_sender_name_hint'), half: true },
        {
          name: 'back_to_chat_link',
          label: t('sources.back_to_chat_link'),
          hint: t('sources.back_to_chat_link_hint'),
          type: 'url',
          placeholder: 'https://',
        },
      ] satisfies Shape)
    : []),
  { name: 'automatic_email_request', label: t('sources.automatic_email_request'), hint: t('sources.automatic_email_request_hint'), kind: 'check' },
  ...(automatic_email_request
    ? ([
        { name: 'email_request_grace_period', label: t('sources.email_request_grace_period'), hint: t('sources.length_hint'), half: true },
      ] satisfies Shape)
    : []),
];

export const mailProblems = (values: Values): Record<string, string | false> => ({
  unread_email_delay: !isLength(values.unread_email_delay) && t('sources.length_wrong'),
  email_request_grace_period: !isLength(values.email_request_grace_period) && t('sources.length_wrong'),
});
