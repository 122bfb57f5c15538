import { locale } from '../i18n.svelte';

/** What a mail has over and under its text; fetched with the first conversation by mail, and no part of the first load. */
class Parts {
  Fields = $state.raw<(typeof import('../../inbox/MailFields.svelte'))['default'] | null>(null);
  Below = $state.raw<(typeof import('../../inbox/MailBelow.svelte'))['default'] | null>(null);

  async fetch(): Promise<void> {
    const [fields, below] = await Promise.all([
      import('../../inbox/MailFields.svelte'),
      import('../../inbox/MailBelow.svelte'),
      locale.need('acts'),
    ]);
    this.Fields = fields.default;
    this.Below = below.default;
  }
}

export const parts = new Parts();
