/** Addresses as people write and paste them: `ann@shop.test`, `Ann <ann@shop.test>`, several with commas between them. */

export interface Address {
  /** As it was written, and as it is sent. */
  text: string;
  /** What people call it; null where it has no name. */
  name: string | null;
  email: string;
  /** Nothing can be sent to it. */
  wrong: boolean;
}

const FORM = /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]+$/u;
const LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u;

function isEmail(text: string): boolean {
  if (!FORM.test(text) || text.length > 254) return false;
  const [local = '', domain = ''] = text.split('@');
  return !/^\.|\.\.|\.$/.test(local) && domain.split('.').every((label) => LABEL.test(label));
}

/** Reads one address. */
export function addressOf(written: string): Address {
  const text = written.trim().replace(/\s+/g, ' ').replace(/^mailto:/i, '');
  const [, called = '', inside] = /^(.*?)\s*<([^<>]*)>$/.exec(text) ?? [];
  const email = (inside ?? text).trim();
  const name = called.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1').trim();
  return { text, name: name || null, email, wrong: !isEmail(email) };
}

/**
 * Reads a list: commas, semicolons and new lines part it, but for those within quotes or angles; so do spaces between
 * bare addresses.
 */
export function addressesOf(written: string): Address[] {
  const parts = written.match(/(?:"(?:[^"\\]|\\.)*"?|<[^>]*>?|[^",;\n<]|"|<)+/g) ?? [];
  return parts.flatMap((part) => {
    const text = part.trim();
    if (!text) return [];
    const words = text.split(/\s+/);
    return words.length > 1 && words.every((word) => isEmail(word)) ? words.map(addressOf) : [addressOf(text)];
  });
}

/** What one is called on the screen. */
export const shownAs = (address: Address): string => address.name ?? address.email;

/** Whether two are the same mailbox, as far as anybody can tell. */
export const isSame = (one: Address, other: Address): boolean => one.email.toLowerCase() === other.email.toLowerCase();

/** A list with some more at its end, each address once. */
export function withMore(list: readonly Address[], more: readonly Address[]): Address[] {
  const all = [...list];
  for (const one of more) if (!all.some((other) => isSame(one, other))) all.push(one);
  return all;
}
