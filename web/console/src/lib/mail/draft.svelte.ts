/** What a mail has besides its text: who gets it, what it is about, and what stands below. */
import type { Id, MailOffer } from '../api/types';
import { addressesOf, type Address, withMore } from './addresses';

export const ways = ['to', 'cc', 'bcc'] as const;
export type Way = (typeof ways)[number];

/** What is sent with a mail, under the names that the server has for it. */
export interface MailSent {
  to: string[];
  cc: string[];
  bcc: string[];
  title?: string;
  with_signature: boolean;
  quote_answered?: boolean;
  from?: string;
}

/** What the server has against a field. */
export interface Fault {
  field: string;
  problem: string;
}

/** As it is kept in this browser. */
export type MailKept = Partial<Record<Way, string[]>> & {
  chosen?: boolean;
  all?: boolean;
  subject?: string;
  source?: Id;
  signed?: boolean;
  quoted?: boolean | null;
  from?: string;
};

const read = (list: unknown): Address[] =>
  Array.isArray(list) ? addressesOf(list.filter((one) => typeof one === 'string').join('\n')) : [];

export class MailDraft {
  lists = $state.raw<Record<Way, Address[]>>({ to: [], cc: [], bcc: [] });
  /** Somebody has changed who gets it: what is offered changes nothing any more. */
  chosen = $state(false);
  /** It goes to all who have the mail that it answers. */
  all = $state(false);
  /** Of a mail that answers nothing. */
  subject = $state('');
  /** From where one is sent that answers nothing. */
  source = $state<Id | null>(null);
  signed = $state(true);
  /** Whether the answered mail stands below; null for what is usual at its source. */
  quoted = $state<boolean | null>(null);
  /** From which address of the mailbox it goes; null for the usual one. */
  from = $state<string | null>(null);
  fault = $state.raw<Fault | null>(null);
  /** Who may get it, and what can be sent; null until that is known. */
  offer = $state.raw<MailOffer | null>(null);

  /** How many get it. */
  count = $derived(ways.reduce((sum, way) => sum + this.lists[way].length, 0));
  /** The addresses that nothing can be sent to. */
  wrong = $derived(ways.flatMap((way) => this.lists[way]).filter((one) => one.wrong));

  /** Whether more is in it than what is offered. */
  get touched(): boolean {
    return this.chosen || this.all || this.subject.trim() !== '' || !this.signed || this.quoted !== null || this.from !== null;
  }

  /** Takes what the server offers, unless somebody has chosen. */
  take(offer: MailOffer): void {
    this.offer = offer;
    // The mailbox may have lost the address since.
    if (this.from !== null && !offer.own_addresses.includes(this.from)) this.from = null;
    if (!this.chosen) this.fill();
  }

  private fill(): void {
    const usual = this.all ? this.offer?.reply_all : this.offer?.reply;
    if (usual) this.lists = { ...this.lists, to: read(usual.to), cc: read(usual.cc) };
  }

  /** Answers one, or all: what was chosen before is over, but for who gets it unseen. */
  answer(all: boolean): void {
    this.all = all;
    this.chosen = this.lists.bcc.length > 0;
    this.fault = null;
    this.fill();
  }

  change(way: Way, list: Address[]): void {
    this.lists = { ...this.lists, [way]: list };
    this.chosen = true;
    if (this.fault?.field === way) this.fault = null;
  }

  add(way: Way, more: readonly Address[]): void {
    this.change(way, withMore(this.lists[way], more));
  }

  /** How a text with its files goes out: as it is, with what is too much as links, or not at all. */
  goes(text: string, files: readonly { size: number }[]): 'whole' | 'links' | 'not' {
    if (!this.offer || sizeOf(text, files) <= this.offer.max_bytes) return 'whole';
    return this.offer.link_large_files && files.length > 0 ? 'links' : 'not';
  }

  /** What is sent: `begins` for a mail that answers nothing. */
  sent(begins: boolean): MailSent {
    const texts = (way: Way) => this.lists[way].map(({ text }) => text);
    return {
      to: texts('to'),
      cc: texts('cc'),
      bcc: texts('bcc'),
      with_signature: this.signed,
      ...(begins && { title: this.subject.trim() }),
      ...(this.quoted !== null && { quote_answered: this.quoted }),
      ...(this.from !== null && { from: this.from }),
    };
  }

  /** What is kept of it; nothing where nobody has touched it. */
  kept(): MailKept | undefined {
    if (!this.touched) return undefined;
    const { to, cc, bcc } = this.sent(false);
    const { chosen, all, subject, signed, quoted } = this;
    return { ...(chosen && { to, cc, bcc }), chosen, all, subject, signed, quoted, ...(this.source && { source: this.source }), ...(this.from && { from: this.from }) };
  }

  restore(saved: MailKept | undefined): void {
    this.lists = { to: read(saved?.to), cc: read(saved?.cc), bcc: read(saved?.bcc) };
    this.chosen = saved?.chosen ?? false;
    this.all = saved?.all ?? false;
    this.subject = saved?.subject ?? '';
    this.source = saved?.source ?? null;
    this.signed = saved?.signed ?? true;
    this.quoted = saved?.quoted ?? null;
    this.from = saved?.from ?? null;
    this.fault = null;
    if (!this.chosen) this.fill();
  }
}

/** How large a mail becomes, about: files are sent by letters, four for three bytes. */
export const sizeOf = (text: string, files: readonly { size: number }[]): number =>
  new TextEncoder().encode(text).length + files.reduce((sum, { size }) => sum + Math.ceil((size * 4) / 3), 0);
