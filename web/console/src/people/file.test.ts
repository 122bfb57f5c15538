import { describe, expect, it } from 'vitest';
import { decoded, guessed, parsed, rowOf } from './file';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('files of people', () => {
  it('are read in the letters that they are written in', () => {
    expect(decoded(utf8('Zoë'))).toBe('Zoë');
    expect(decoded(utf8('\ufeffZoë'))).toBe('Zoë');
    expect(decoded(Uint8Array.from([0x5a, 0x6f, 0xeb]))).toBe('Zoë');
    expect(decoded(Uint8Array.from([0xff, 0xfe, 0x5a, 0, 0x6f, 0, 0xeb, 0]))).toBe('Zoë');
    expect(decoded(Uint8Array.from([0xfe, 0xff, 0, 0x5a, 0, 0x6f, 0, 0xeb]))).toBe('Zoë');
  });

  it('are parted by what they are parted by, and empty lines say nothing', () => {
    const lines = [['Ann', 'Lee, Ltd']];
    expect(parsed('Name,Company\r\nAnn,"Lee, Ltd"\r\n\r\n').lines).toEqual(lines);
    expect(parsed('Name;Company\nAnn;Lee, Ltd\n;\n').lines).toEqual(lines);
    expect(parsed('Name\tCompany\nAnn\tLee, Ltd').lines).toEqual(lines);
    expect(parsed('').lines).toEqual([]);
  });

  it('say by their heads what is in them, in English and French', () => {
    expect(guessed(['E-mail', 'First name', 'Last name', 'Phone', 'Shoe size'], 'email')).toEqual(['identifier', 'firstname', 'lastname', 'home_phone', '']);
    expect(guessed(['Identifiant', 'Prénom', 'Nom', 'Courriel', 'Société'], 'engage_messaging')).toEqual(['identifier', 'firstname', 'lastname', 'email', 'company']);
    expect(guessed(['Email', 'Email 2'], 'engage_messaging')).toEqual(['email', '']);
  });

  it('come back as they went out', () => {
    const columns = guessed(['identifier', 'firstname', 'mobile_phone', 'notes'], 'engage_messaging');
    expect(rowOf(['c7', "'=N7", "'+33612345678", 'x'], columns)).toEqual({ identifier: 'c7', firstname: '=N7', mobile_phone: '+33612345678' });
    expect(rowOf(['c7', ' ', ''], columns)).toEqual({ identifier: 'c7' });
  });
});
