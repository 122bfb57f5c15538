/** Line icons on a 24-unit grid, drawn for this widget. */
export const BACK = 'M14.5 5.5L8 12l6.5 6.5';
export const CHEVRON = 'M6 9.5l6 6 6-6';
export const CLOSE = 'M6.5 6.5l11 11M17.5 6.5l-11 11';
export const DOWN = 'M12 5.5v13M6.5 13l5.5 5.5 5.5-5.5';
export const SEND = 'M12 18.5v-13M6.5 11L12 5.5l5.5 5.5';
export const CLIP =
  'M19.5 11.8l-7.6 7.6a4.9 4.9 0 0 1-6.9-6.9l7.9-7.9a3.3 3.3 0 0 1 4.6 4.6l-7.8 7.8a1.6 1.6 0 0 1-2.3-2.3l7-7';
export const FILE =
  'M13.5 3.5H7.2A1.7 1.7 0 0 0 5.5 5.2v13.6a1.7 1.7 0 0 0 1.7 1.7h9.6a1.7 1.7 0 0 0 1.7-1.7V8.5zM13.5 3.5v5h5';
export const SMILE = 'M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.1M15 9.5v.1M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z';
export const CHECK = 'M5 12.8l4.4 4.4L19 7.6';
export const CHECKS = 'M2.5 12.8l4.2 4.2 8.3-8.6M11.5 16l1 1 8.7-8.6';
export const CLOCK = 'M12 7.5V12l3 2M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z';
export const ALERT = 'M12 8v4.8M12 16.2v.1M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z';
export const PEN = 'M4.5 19.5l1-4L16 5a2.1 2.1 0 0 1 3 3L8.5 18.5zM13.8 7.2l3 3';
export const CHAT =
  'M4 7a3 3 0 0 1 3-3h10a3 3 0 0 1 3 3v6.5a3 3 0 0 1-3 3h-5.6l-4.3 3.7V16.5A3 3 0 0 1 4 13.5zM8.3 8.8h7.4M8.3 12h4.6';
export const LOCK =
  'M7 10.5h10a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 18v-6A1.5 1.5 0 0 1 7 10.5zM8.5 10.5v-3a3.5 3.5 0 0 1 7 0v3';
export const RETRY = 'M19 12a7 7 0 1 1-2.1-5M19.5 4v4h-4';
export const QUIT = 'M10 4.5H6.5A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5H10M14.5 8l4.5 4-4.5 4M19 12H10';
