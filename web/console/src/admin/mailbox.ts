/** A mailbox: its part of a source's form, from its address to what is taken in. */
import type { Source } from '../lib/api/types';
import { about, t, type MessageKey } from '../lib/i18n.svelte';
import ConnectMailbox from './ConnectMailbox.svelte';
import MailboxPicker from './MailboxPicker.svelte';
import type { Shape } from './manage/describe';
import LanguageTexts, { type LanguageText } from './LanguageTexts.svelte';
import { languagesFit } from './welcomes';

/** What is usual at some providers. */
const PROVIDERS = {
  google: { imap: 'imap.gmail.com', smtp: 'smtp.gmail.com' },
  microsoft: { imap: 'outlook.office365.com', smtp: 'smtp.office365.com' },
} as const;

type Provider = keyof typeof PROVIDERS | 'other';

const KNOWN: [RegExp, keyof typeof PROVIDERS][] = [
  [/@(gmail|googlemail)\.com$/i, 'google'],
  [/@(outlook|hotmail|live|msn)\.[a-z.]+$/i, 'microsoft'],
];

/** How a connection is guarded, as one choice. */
const guards = ['tls', 'starttls', 'none'] as const;
type Guard = (typeof guards)[number];

function guardOf(tls?: boolean | null, starttls?: boolean | null, unset: Guard = 'tls'): Guard {
  if (tls == null && starttls == null) return unset;
  if (tls) return 'tls';
  return starttls ? 'starttls' : 'none';
}

function providerOf(imap?: string | null): Provider {
  const found = Object.entries(PROVIDERS).find(([, hosts]) => hosts.imap === imap);
  return (found?.[0] as Provider | undefined) ?? 'other';
}

/** How somebody signs in at the servers, by the name that the settings have for it. */
const signIns = ['basic', 'microsoft_identity_platform', 'google'] as const;

const MEGABYTE = 1_048_576;

const text = (value: string | number | null | undefined) => String(value ?? '');

export const mailboxValues = (source: Source | null) => ({
  imap_smtp_email: text(source?.imap_smtp_email),
  provider: providerOf(source?.imap_address) as string,
  imap_address: text(source?.imap_address),
  imap_port: text(source?.imap_port),
  imap_guard: guardOf(source?.imap_use_ssl_tls, source?.imap_use_start_tls) as string,
  imap_ssl_verify_mode: text(source?.imap_ssl_verify_mode ?? 'PEER'),
  imap_username: text(source?.imap_username),
  imap_password: '',
  imap_authentication_type: text(source?.imap_authentication_type ?? 'basic'),
  oauth_tenant: setting(source, 'oauth_tenant'),
  oauth_client_id: setting(source, 'oauth_client_id'),
  oauth_client_secret: '',
  imap_oauth_refresh_token: '',
  oauth_authorize_url: setting(source, 'oauth_authorize_url'),
  oauth_token_url: setting(source, 'oauth_token_url'),
  connect: '',
  imap_mailboxes_to_import: (source?.imap_mailboxes_to_import ?? []).join('\n'),
  automatic_mail: text(source?.automatic_mail ?? 'ignore'),
  from_addresses: text(setting(source, 'from_addresses')).split(/[\s,;]+/).join('\n'),
  whitelisted_emails: text(source?.whitelisted_emails),
  authserv_id: setting(source, 'authserv_id'),
  threading_heuristics: source?.threading_heuristics ?? false,
  common_ancestors_threading: Boolean(setting(source, 'common_ancestors_threading', true)),
  email_parser: Boolean(setting(source, 'email_parser', false)),
  spam_assassin_level: setting(source, 'spam_assassin_level', 'disabled'),
  after: afterOf(setting(source, 'imap_after_import', 'none')).what,
  after_folder: afterOf(setting(source, 'imap_after_import', 'none')).folder,
  smtp_helo_domain: setting(source, 'smtp_helo_domain'),
  smtp_address: text(source?.smtp_address),
  smtp_port: text(source?.smtp_port),
  smtp_guard: guardOf(source?.smtp_use_ssl_tls, source?.smtp_use_start_tls, 'starttls') as string,
  smtp_ssl_verify_mode: text(source?.smtp_ssl_verify_mode ?? 'PEER'),
  smtp_username: text(source?.smtp_username),
  smtp_password: '',
  cc_blacklist: (source?.cc_blacklist ?? []).join('\n'),
  quote_answered: Boolean(setting(source, 'quote_answered', true)),
  signatures: (source?.signatures ?? []).map(({ language, body }): LanguageText => ({ language: language ?? '', body: body ?? '' })),
  imap_mailbox_used_for_sent_mail: text(source?.imap_mailbox_used_for_sent_mail),
  mail_max_megabytes: text(Math.round(Number(setting(source, 'mail_max_bytes', 50 * MEGABYTE)) / MEGABYTE) || 1),
  smtp_max_megabytes: text(Math.round(Number(setting(source, 'smtp_max_bytes', 25 * MEGABYTE)) / MEGABYTE)),
  link_large_files: Boolean(setting(source, 'link_large_files', false)),
  mails_per_minute: text(setting(source, 'mails_per_minute', 30)),
  reply_address: Boolean(setting(source, 'reply_address', false)),
  reopen_failed: Boolean(setting(source, 'reopen_failed', true)),
  resend_unknown: Boolean(setting(source, 'resend_unknown', false)),
});

const AFTER = ['none', 'seen', 'move'] as const;

/** What is done with a mail on its server, as the form asks it. */
const afterOf = (set: string): { what: string; folder: string } =>
  set.startsWith('move:') ? { what: 'move', folder: set.slice(5) } : { what: set, folder: '' };

function setting<V = string>(source: Source | null, name: string, unset: V = '' as V): V {
  return ((source as Record<string, unknown> | null)?.[name] as V | null | undefined) ?? unset;
}

export type Mailbox = ReturnType<typeof mailboxValues>;

const guard = (name: string): Shape[number] => ({
  name,
  label: t('mailbox.guard'),
  kind: 'select',
  options: guards.map((value) => ({ value, label: t(`mailbox.guard.${value}`) })),
  half: true,
});

const kept = (source: Source | null, name: string) =>
  t(source?.secrets?.[name] ? 'mailbox.password_kept' : 'mailbox.password_hint');

const passwordOf = (source: Source | null, name: string): Shape => [
  { name: `${name}_username`, label: t('mailbox.username'), autocomplete: 'off', half: true },
  {
    name: `${name}_password`,
    label: t('mailbox.password'),
    hint: kept(source, `${name}_password`),
    type: 'password',
    autocomplete: 'new-password',
    half: true,
  },
];

const certificate = (name: string): Shape[number] => ({
  name,
  label: t('mailbox.certificate'),
  kind: 'select',
  options: (['PEER', 'NONE'] as const).map((value) => ({ value, label: t(`mailbox.certificate.${value}`) })),
});

/** How to sign in where no password is taken. */
const oauth = (values: Mailbox, source: Source | null): Shape => [
  ...(values.imap_authentication_type === 'microsoft_identity_platform'
    ? ([{ name: 'oauth_tenant', label: t('mailbox.tenant'), hint: t('mailbox.tenant_hint'), mono: true }] satisfies Shape)
    : []),
  { name: 'oauth_client_id', label: t('mailbox.client_id'), mono: true, half: true },
  { name: 'oauth_client_secret', label: t('mailbox.client_secret'), hint: kept(source, 'oauth_client_secret'), type: 'password', autocomplete: 'new-password', half: true },
  { name: 'imap_oauth_refresh_token', label: t('mailbox.refresh_token'), hint: t(source?.secrets?.imap_oauth_refresh_token ? 'mailbox.password_kept' : 'mailbox.refresh_token_hint'), type: 'password', autocomplete: 'new-password' },
  ...(values.provider === 'other'
    ? ([
        { name: 'oauth_authorize_url', label: t('mailbox.authorize_url'), mono: true },
        { name: 'oauth_token_url', label: t('mailbox.token_url'), mono: true },
      ] satisfies Shape)
    : []),
  {
    name: 'connect',
    label: t('connect.title'),
    kind: 'special',
    component: ConnectMailbox,
    props: {
      source,
      provider: t(values.imap_authentication_type === 'google' ? 'mailbox.provider.google' : 'mailbox.provider.microsoft'),
      saved: source !== null && isSaved(values, source),
    },
    says: '',
  },
];

/** Whether the form has nothing that the source does not have. */
const isSaved = (values: Mailbox, source: Source) =>
  JSON.stringify(mailboxSent(values)) === JSON.stringify(mailboxSent(mailboxValues(source)));

const incoming = (values: Mailbox, source: Source | null): Shape => [
  { part: t('mailbox.in_part'), lead: t('mailbox.in_lead') },
  { name: 'imap_address', label: t('mailbox.server'), placeholder: 'imap.example.com', mono: true },
  { name: 'imap_port', label: t('mailbox.port'), placeholder: values.imap_guard === 'tls' ? '993' : '143', half: true },
  guard('imap_guard'),
  certificate('imap_ssl_verify_mode'),
  {
    name: 'imap_authentication_type',
    label: t('mailbox.sign_in'),
    kind: 'select',
    options: signIns.map((value) => ({ value, label: t(`mailbox.sign_in.${value}`) })),
  },
  ...(values.imap_authentication_type === 'basic'
    ? passwordOf(source, 'imap')
    : [{ name: 'imap_username', label: t('mailbox.username'), autocomplete: 'off' } satisfies Shape[number], ...oauth(values, source)]),
];

const taken = (values: Mailbox, source: Source | null): Shape => [
  { part: t('mailbox.what_part'), lead: t('mailbox.what_lead') },
  {
    name: 'imap_mailboxes_to_import',
    label: t('mailbox.mailboxes'),
    hint: t('mailbox.mailboxes_hint'),
    kind: 'special',
    component: MailboxPicker,
    props: { source },
    says: (source?.imap_mailboxes_to_import ?? []).join(', '),
  },
  {
    name: 'automatic_mail',
    label: t('mailbox.automatic'),
    kind: 'select',
    options: (['ignore', 'import'] as const).map((value) => ({ value, label: t(`mailbox.automatic.${value}`) })),
  },
  { name: 'whitelisted_emails', label: t('mailbox.trusted'), hint: t('mailbox.trusted_hint'), kind: 'lines' },
  {
    name: 'authserv_id',
    label: t('mailbox.authserv'),
    hint: t('mailbox.authserv_hint'),
    placeholder: 'mx.example.com',
    mono: true,
  },
  { name: 'mail_max_megabytes', label: t('mailbox.largest_taken'), hint: t('mailbox.largest_taken_hint'), half: true },
  { name: 'threading_heuristics', label: t('mailbox.by_subject'), kind: 'check' },
  { name: 'common_ancestors_threading', label: t('mailbox.ancestors'), kind: 'check' },
  { name: 'email_parser', label: t('mailbox.parser'), hint: t('mailbox.parser_hint'), kind: 'check' },
  {
    name: 'spam_assassin_level',
    label: t('mailbox.spam'),
    hint: t('mailbox.spam_hint'),
    kind: 'select',
    options: (['disabled', 'relaxed', 'strict'] as const).map((value) => ({ value, label: t(`mailbox.spam.${value}`) })),
  },
  {
    name: 'after',
    label: t('mailbox.after'),
    kind: 'select',
    options: AFTER.map((value) => ({ value, label: t(`mailbox.after.${value}`) })),
  },
  ...(values.after === 'move'
    ? ([
        {
          name: 'after_folder',
          label: t('mailbox.after_folder'),
          kind: 'special',
          component: MailboxPicker,
          props: { source, one: true },
          says: values.after_folder,
        },
      ] satisfies Shape)
    : []),
];

const outgoing = (values: Mailbox, source: Source | null): Shape => [
  { part: t('mailbox.out_part'), lead: t('mailbox.out_lead') },
  { name: 'smtp_address', label: t('mailbox.server'), placeholder: 'smtp.example.com', mono: true },
  { name: 'smtp_port', label: t('mailbox.port'), placeholder: values.smtp_guard === 'tls' ? '465' : '587', half: true },
  guard('smtp_guard'),
  certificate('smtp_ssl_verify_mode'),
  ...(values.imap_authentication_type === 'basic'
    ? passwordOf(source, 'smtp')
    : [{ name: 'smtp_username', label: t('mailbox.username'), autocomplete: 'off' } satisfies Shape[number]]),
  {
    name: 'imap_mailbox_used_for_sent_mail',
    label: t('mailbox.sent_copy'),
    hint: t(values.provider === 'other' ? 'mailbox.sent_copy_hint' : 'mailbox.sent_copy_kept'),
    kind: 'special',
    component: MailboxPicker,
    props: { source, one: true },
    says: text(source?.imap_mailbox_used_for_sent_mail),
  },
];

const SIGNATURE_WORDS = {
  body: 'compose.signature',
  drop: 'mailbox.signature_drop',
  add: 'mailbox.signature_add',
} satisfies Record<string, MessageKey>;

const written = (values: Mailbox): Shape => [
  { part: t('mailbox.written_part'), lead: t('mailbox.written_lead') },
  { name: 'sender_name', label: t('mailbox.from_name'), hint: t('sources.sender_hint'), placeholder: '{{firstname}} {{lastname}}' },
  {
    name: 'signatures',
    label: t('mailbox.signatures'),
    hint: t('mailbox.signatures_hint'),
    kind: 'special',
    component: LanguageTexts,
    props: { testid: 'signature', words: SIGNATURE_WORDS },
    says: values.signatures.map(({ language, body }) => about(language, body)).join('\n'),
  },
  { name: 'quote_answered', label: t('mailbox.quote_answered'), kind: 'check' },
  { name: 'cc_blacklist', label: t('mailbox.left_out'), hint: t('mailbox.left_out_hint'), kind: 'lines' },
  { name: 'reply_address', label: t('mailbox.reply_address'), hint: t('mailbox.reply_address_hint'), kind: 'check' },
  { name: 'reopen_failed', label: t('mailbox.reopen_failed'), kind: 'check' },
  { name: 'resend_unknown', label: t('mailbox.resend_unknown'), hint: t('mailbox.resend_unknown_hint'), kind: 'check' },
  { name: 'smtp_max_megabytes', label: t('mailbox.largest'), hint: t('mailbox.largest_hint'), half: true },
  { name: 'mails_per_minute', label: t('mailbox.pace'), half: true },
  { name: 'smtp_helo_domain', label: t('mailbox.helo'), hint: t('mailbox.helo_hint'), mono: true },
  { name: 'link_large_files', label: t('mailbox.link_large_files'), hint: t('mailbox.link_large_files_hint'), kind: 'check' },
];

/** The questions. Whoever picks a provider has its servers filled in. */
export const mailboxShape = (values: Mailbox, source: Source | null): Shape => {
  const fill = () => {
    if (values.provider === 'other') return;
    const hosts = PROVIDERS[values.provider as keyof typeof PROVIDERS];
    values.imap_address = hosts.imap;
    values.smtp_address = hosts.smtp;
    [values.imap_port, values.imap_guard, values.smtp_port, values.smtp_guard] = ['993', 'tls', '587', 'starttls'];
    values.imap_username ||= values.imap_smtp_email;
    values.smtp_username ||= values.imap_smtp_email;
    // They keep a copy by themselves.
    values.imap_mailbox_used_for_sent_mail = '';
  };
  const hinted = KNOWN.find(([form]) => form.test(values.imap_smtp_email.trim()))?.[1];
  return [
    { part: t('mailbox.address_part'), lead: t('mailbox.address_lead') },
    { name: 'imap_smtp_email', label: t('mailbox.address'), type: 'email', placeholder: 'help@example.com' },
    { name: 'from_addresses', label: t('mailbox.more_addresses'), hint: t('mailbox.more_addresses_hint'), kind: 'lines' },
    {
      name: 'provider',
      label: t('mailbox.provider'),
      hint: hinted && values.provider === 'other' ? t('mailbox.provider_known', { name: t(`mailbox.provider.${hinted}`) }) : t('mailbox.provider_hint'),
      kind: 'select',
      options: (['google', 'microsoft', 'other'] as const).map((value) => ({ value, label: t(`mailbox.provider.${value}`) })),
      onpick: fill,
    },
    ...incoming(values, source),
    ...taken(values, source),
    ...outgoing(values, source),
    ...written(values),
  ];
};

const isPort = (port: string) => port.trim() === '' || (/^\d+$/.test(port.trim()) && +port >= 1 && +port <= 65_535);

const isWithin = (number: string, most: number) => /^\d+$/.test(number.trim()) && +number >= 1 && +number <= most;

export const mailboxProblems = (values: Mailbox): Record<string, string | false> => ({
  imap_port: !isPort(values.imap_port) && t('mailbox.port_wrong'),
  smtp_port: !isPort(values.smtp_port) && t('mailbox.port_wrong'),
  signatures: !languagesFit(values.signatures) && t('sources.welcome_language_needed'),
  mail_max_megabytes: !isWithin(values.mail_max_megabytes, 50) && t('mailbox.largest_taken_wrong'),
  smtp_max_megabytes: !isWithin(values.smtp_max_megabytes, 1_024) && t('mailbox.largest_wrong'),
  after_folder: values.after === 'move' && !values.after_folder.trim() && t('mailbox.after_folder_needed'),
  mails_per_minute: !isWithin(values.mails_per_minute, 600) && t('mailbox.pace_wrong'),
});

/** What is sent: an empty password leaves the one that is there. */
export function mailboxSent(values: Mailbox): Record<string, unknown> {
  const port = (written: string) => (written.trim() === '' ? null : Number(written));
  const lines = (written: string) => written.split('\n').map((line) => line.trim()).filter(Boolean);
  const secret = (name: string, written: string) => (written === '' ? {} : { [name]: written });
  return {
    imap_smtp_email: values.imap_smtp_email.trim(),
    imap_address: values.imap_address.trim(),
    imap_port: port(values.imap_port),
    imap_use_ssl_tls: values.imap_guard === 'tls',
    imap_use_start_tls: values.imap_guard === 'starttls',
    imap_ssl_verify_mode: values.imap_ssl_verify_mode,
    imap_username: values.imap_username.trim(),
    ...secret('imap_password', values.imap_password),
    imap_mailboxes_to_import: lines(values.imap_mailboxes_to_import),
    automatic_mail: values.automatic_mail,
    from_addresses: lines(values.from_addresses).join('\n'),
    whitelisted_emails: lines(values.whitelisted_emails).join('\n'),
    authserv_id: values.authserv_id.trim(),
    threading_heuristics: values.threading_heuristics,
    common_ancestors_threading: values.common_ancestors_threading,
    email_parser: values.email_parser,
    spam_assassin_level: values.spam_assassin_level,
    imap_after_import: values.after === 'move' ? `move:${values.after_folder.trim()}` : values.after,
    smtp_helo_domain: values.smtp_helo_domain.trim() || null,
    smtp_address: values.smtp_address.trim(),
    smtp_port: port(values.smtp_port),
    smtp_use_ssl_tls: values.smtp_guard === 'tls',
    smtp_use_start_tls: values.smtp_guard === 'starttls',
    smtp_username: values.smtp_username.trim(),
    ...secret('smtp_password', values.smtp_password),
    smtp_ssl_verify_mode: values.smtp_ssl_verify_mode,
    imap_authentication_type: values.imap_authentication_type,
    smtp_authentication_type: values.imap_authentication_type,
    oauth_tenant: values.oauth_tenant.trim() || null,
    oauth_client_id: values.oauth_client_id.trim() || null,
    oauth_authorize_url: values.oauth_authorize_url.trim() || null,
    oauth_token_url: values.oauth_token_url.trim() || null,
    ...secret('oauth_client_secret', values.oauth_client_secret),
    ...secret('imap_oauth_refresh_token', values.imap_oauth_refresh_token),
    imap_mailbox_used_for_sent_mail: values.imap_mailbox_used_for_sent_mail.trim() || null,
    cc_blacklist: lines(values.cc_blacklist),
    signatures: values.signatures.filter(({ body }) => body.trim()).map(({ language, body }) => ({ language: language.trim(), body })),
    quote_answered: values.quote_answered,
    reply_address: values.reply_address,
    reopen_failed: values.reopen_failed,
    resend_unknown: values.resend_unknown,
    mail_max_bytes: Number(values.mail_max_megabytes) * MEGABYTE,
    smtp_max_bytes: Number(values.smtp_max_megabytes) * MEGABYTE,
    link_large_files: values.link_large_files,
    mails_per_minute: Number(values.mails_per_minute),
  };
}
