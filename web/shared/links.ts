/**
 * Links in plain text, found alike by the chat and the console, in time that grows with the text and no faster.
 * Neither shows anything here.
 */

/** A part of a text; with where it leads when it is a link. */
export interface Piece {
  text: string;
  href: string | null;
}

/** How a link may begin. What stands around an @ is looked at from there. */
const BEGINNING = /https?:\/\/|www\.|@/gi;
/** The name of a page without `https://` in front: it has another dot in it, such as www.shop.example. */
const WWW = /www\.[\p{L}\p{N}-]+\.[\p{L}\p{N}]/iuy;
/** Where an address on the web ends: at white space, quotes and angle brackets. */
const END = /[\s<>"`\p{Cc}]/u;
/**
 * It also ends at punctuation and symbols that are not ASCII, and at what is not seen: where no spaces are written, they
 * follow it. Joiners stay, which Persian words have, and hyphens.
 */
const FOREIGN_END = /[^\x00-\x7f\u200c\u200d\u2010-\u2013\p{L}\p{M}\p{N}]/u;
const WORD = /\w/;
const LOCAL = /[\w.+-]/;
/** Longest parts of a mail address. */
const LOCAL_MAX = 64;
const HOST_MAX = 255;
const OPENS: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** Cuts a text into links and the rest. Put together, the parts are the text. */
export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: beginning, index } of text.matchAll(BEGINNING)) {
    // It belongs to the link before it.
    if (index < from) continue;
    const found = beginning === '@' ? mailAddress(text, from, index) : webAddress(text, index, beginning.length);
    if (!found) continue;
    const { start, end, href } = found;
    if (start > from) pieces.push({ text: text.slice(from, start), href: null });
    pieces.push({ text: text.slice(start, end), href });
    from = end;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), href: null });
  return pieces;
}

interface Found {
  start: number;
  end: number;
  href: string;
}

function webAddress(text: string, start: number, beginning: number): Found | null {
  if (start > 0 && WORD.test(text[start - 1]!)) return null;
  WWW.lastIndex = start;
  const bare = beginning === 4;
  if (bare && !WWW.test(text)) return null;
  const end = trimmed(text, start, endOfAddress(text, start + beginning));
  if (end <= start + beginning) return null;
  const address = text.slice(start, end);
  return { start, end, href: bare ? `https://${address}` : address };
}

function endOfAddress(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const character = String.fromCodePoint(text.codePointAt(at)!);
    if (END.test(character) || FOREIGN_END.test(character)) break;
    at += character.length;
  }
  return at;
}

/** Without the punctuation that ends a sentence, and without a closing bracket whose opening one is outside. */
function trimmed(text: string, start: number, stop: number): number {
  const surplus: Record<string, number> = { ')': 0, ']': 0, '}': 0 };
  for (let at = start; at < stop; at++) {
    for (const closing in OPENS) {
      if (text[at] === closing) surplus[closing]!++;
      if (text[at] === OPENS[closing]) surplus[closing]!--;
    }
  }
  let end = stop;
  for (; end > start; end--) {
    const last = text[end - 1]!;
    if (last in OPENS) {
      if (surplus[last]! <= 0) break;
      surplus[last]!--;
    } else if (!/[.,;:!?'*\u2010-\u2015\u200c\u200d]/.test(last)) {
      break;
    }
  }
  return end;
}

function mailAddress(text: string, from: number, at: number): Found | null {
  let start = at;
  while (start > from && at - start < LOCAL_MAX && LOCAL.test(text[start - 1]!)) start--;
  // A name that is too long is none, nor is the end of one.
  if (start > from && LOCAL.test(text[start - 1]!)) return null;
  while (start < at && !WORD.test(text[start]!)) start++;
  const host = /^[a-z\d][a-z\d-]*(?:\.[a-z\d][a-z\d-]*)+/i.exec(text.slice(at + 1, at + 1 + HOST_MAX))?.[0];
  const name = host?.replace(/-+$/, '');
  if (start === at || !name || !/\.[a-z\d-]*[a-z][a-z\d-]*$/i.test(name)) return null;
  const end = at + 1 + name.length;
  return { start, end, href: `mailto:${text.slice(start, end)}` };
}
