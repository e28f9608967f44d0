// What axe-core finds on each page in both colours, wide and narrow.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PAGES = ['', '?verdict=fail&reason=cert_expired', 'domains/mxexpired.test', 'domains/deepmx.test', 'domains/healthy.test',
  'domains/hostile.test', 'domains/unknown.test', 'mx', 'mx/mx1.mailhost.test', 'looks'];
const SERIOUS = ['serious', 'critical'];

export function axeTests({ open }) {
  return {
    'axe finds nothing serious': async () => {
      const faults = [];
      const lesser = [];
      for (const path of PAGES) {
        for (const options of [{ colorScheme: 'light' }, { colorScheme: 'dark', viewport: { width: 360, height: 800 } }]) {
          // axe is put into the page as a script, which the page's policy would refuse.
          const { page, context } = await open(path, { ...options, bypassCSP: true });
          await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
          await page.evaluate(source);
          const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
          for (const { id, impact, nodes } of violations) {
            const where = `${id} (${impact}) on /${path}, ${options.colorScheme}: ${nodes[0].html.slice(0, 150)}`;
            (SERIOUS.includes(impact) ? faults : lesser).push(where);
          }
          await context.close();
        }
      }
      return { faults, figures: lesser };
    },
  };
}
