/** People out of a file that a spreadsheet has written: its text, its lines, and what its columns are. */
import Papa from 'papaparse';

/** What can be told of somebody; `identifier` is who they are in the community. */
export const fields = [
  'identifier',
  'firstname',
  'lastname',
  'screenname',
  'company',
  'email',
  'mobile_phone',
  'home_phone',
  'gender',
] as const;
export type PersonField = (typeof fields)[number];
export type Row = Partial<Record<PersonField, string>>;

/** Texts of files are UTF-8 or UTF-16 with their mark, UTF-8 without, or else what older spreadsheets write in Western Europe. */
export function decoded(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const known = first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : null;
  if (known) return new TextDecoder(known).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

export interface Sheet {
  heads: string[];
  lines: string[][];
}

/** The lines of a text, parted by commas, semicolons or tabs, without empty ones. */
export function parsed(text: string): Sheet {
  const { data } = Papa.parse<string[]>(text, { skipEmptyLines: 'greedy', delimitersToGuess: [',', ';', '\t'] });
  const [heads = [], ...lines] = data;
  return { heads: heads.map((head) => head.trim()), lines };
}

/** What columns are called, in the words of those who write such files. */
const names: Record<PersonField, RegExp> = {
  identifier: /^(identifier|identifiant|id|uuid|customer.?(id|number)|num[eé]ro.?client|client.?id)$/i,
  firstname: /^(first.?name|given.?name|pr[eé]nom)$/i,
  lastname: /^(last.?name|surname|family.?name|nom( de famille)?)$/i,
  screenname: /^(screen.?name|display.?name|name|full.?name|pseudo|nom complet)$/i,
  company: /^(company|organi[sz]ation|soci[eé]t[eé]|entreprise)$/i,
  email: /^(e.?mail.*|mail|courriel|adresse.?e?.?mail)$/i,
  mobile_phone: /^(mobile.*|cell.*|portable|t[eé]l[eé]phone.?(mobile|portable))$/i,
  home_phone: /^(phone.*|home.?phone|t[eé]l[eé]phone|t[eé]l\.?)$/i,
  gender: /^(gender|sexe|genre)$/i,
};

/** Which column is what, as far as the heads tell; where nothing says who somebody is, what the community knows people by does. */
export function guessed(heads: string[], communityKind: string): (PersonField | '')[] {
  const taken = new Set<PersonField>();
  const columns = heads.map((head) => {
    const field = fields.find((one) => !taken.has(one) && names[one].test(head.trim()));
    if (field) taken.add(field);
    return field ?? '';
  });
  const by = communityKind === 'email' ? 'email' : communityKind === 'phone' ? 'mobile_phone' : null;
  const at = by ? columns.indexOf(by) : -1;
  if (at >= 0 && !taken.has('identifier')) columns[at] = 'identifier';
  return columns;
}

/** The apostrophe that files of ours put before what a spreadsheet would take for a formula. */
const plain = (text: string) => (/^'[=+\-@\t\r]/.test(text) ? text.slice(1) : text).trim();

/** What a line tells of somebody. A cell that is empty says nothing. */
export function rowOf(line: string[], columns: (PersonField | '')[]): Row {
  const row: Row = {};
  columns.forEach((field, at) => {
    const text = plain(line[at] ?? '');
    if (field && text) row[field] = text;
  });
  return row;
}

/** A file of lines, as spreadsheets open it. */
export const written = (heads: string[], lines: (string | null | undefined)[][]): Blob =>
  new Blob(['\ufeff', Papa.unparse({ fields: heads, data: lines.map((line) => line.map((cell) => cell ?? '')) }, { escapeFormulae: true }), '\r\n'], {
    type: 'text/csv;charset=utf-8',
  });
