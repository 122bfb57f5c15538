/** How large a file is, in the reader's words: 62 bytes, 184 kB, 184 ko. */
export function fileSize(bytes: number, region: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  const amount = bytes / 1000 ** step;
  const digits = amount < 10 && step > 0 ? 1 : 0;
  // The short form of a byte is the bare word, "62 byte".
  const unitDisplay = step === 0 ? 'long' : 'short';
  const how = { style: 'unit', unit: units[step]!, unitDisplay, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat(region, how).format(amount);
}
