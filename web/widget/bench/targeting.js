/**
 * How long it takes to look at 100 triggers of 20 conditions each, as a page does at each change: prints the milliseconds
 * of each round as JSON. All conditions hold, so each is looked at to its end; texts have capitals and accents.
 */
import { build } from 'vite';

const TRIGGERS = 100;
const PAGES = 15;
const ROUNDS = 300;

const entry = new URL('../src/manager/targeting.ts', import.meta.url).pathname;
const lib = { entry, formats: ['es'] };
const [{ output }] = await build({ configFile: false, logLevel: 'silent', build: { write: false, target: 'es2022', lib } });
const { evaluate, kindsOf, POSITIONS } = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);

const pages = Array.from({ length: PAGES }, (_, n) => ({
  page_url: `https://shop.test/Café/${n}?step=Cart#Details`,
  page_path: `/Café/${n}?step=Cart`,
  page_title: `Le Panier de la Boutique, page ${n}`,
  page_visit_count: n + 1,
  page_visit_duration: 30,
  visit_duration: 30 * (n + 1),
  time: '10:31',
  day_of_week: 3,
  identity: true,
  custom_cart_products: n,
}));
const kinds = kindsOf([{ name: 'custom_cart_products', kind: 'number' }]);
const KINDS = [
  { criterion: 'page_url', operator: 'contains', value: 'nothing, à côté, /cafe/' },
  { criterion: 'page_path', operator: 'does_not_contain', value: '/checkout, /paiement' },
  { criterion: 'page_title', operator: 'starts_with', value: 'Le panier' },
  { criterion: 'page_title', operator: 'is_not', value: 'Accueil' },
  { criterion: 'page_visit_duration', operator: 'gte', value: 20 },
  { criterion: 'custom_cart_products', operator: 'is_present' },
  { criterion: 'time', operator: 'lte', value: '19:45' },
  { criterion: 'day_of_week', operator: 'gte', value: 'monday' },
  { criterion: 'identity', operator: 'is', value: true },
  { criterion: 'page_url', operator: 'is_present' },
];
const positions = [...POSITIONS];
const triggers = Array.from({ length: TRIGGERS }, (_, n) =>
  Array.from({ length: 20 }, (_, m) => ({ ...KINDS[(n + m) % KINDS.length], position: positions[(n * 20 + m) % positions.length] })),
);

const times = [];
for (let round = 0; round < ROUNDS; round++) {
  // The current page is another one each time.
  const seen = [...pages.slice(0, -1), { ...pages.at(-1), page_url: `https://shop.test/Café/now/${round}` }];
  const begun = performance.now();
  let held = 0;
  for (const conditions of triggers) held += evaluate(conditions, seen, kinds).holds ? 1 : 0;
  times.push(performance.now() - begun);
  if (held !== TRIGGERS) throw new Error(`${held} of ${TRIGGERS} hold`);
}
// The first rounds are those of a page that has just come; they are the slowest, and count.
console.log(JSON.stringify(times));
