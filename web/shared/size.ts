/** How large a file is, in the reader's words: 184 kB, 184 ko. */
export function fileSize(bytes: number, region: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log10(bytes) / 3) : 0);
  const amount = bytes / 1000 ** step;
  const digits = amount < 10 && step > 0 ? 1 : 0;
  return new Intl.NumberFormat(region, { style: 'unit', unit: units[step]!, maximumFractionDigits: digits }).format(amount);
}
