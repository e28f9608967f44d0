// The way of who is woken at night: from the reason to the domain, its fix, and who else depends on the MX host.
import { spawnSync } from 'node:child_process';

const REASON = 'no_mx_in_policy';

export function walkTests({ site, exporter, open, follow }) {
  return {
    'a broken domain is found by its reason, opened, its fix read and copied, and its MX host followed': async () => {
      const faults = [];
      const { page, complaints, context } = await open('');
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(site).origin });
      await page.selectOption('select[name=reason]', REASON);
      await page.waitForFunction((reason) => location.search.includes(reason), REASON);
      const rows = await page.locator('tbody tr').all();
      for (const row of rows) {
        const text = await row.textContent();
        if (!text.includes(REASON)) faults.push(`a row without the reason: ${text}`);
      }
      const shown = await page.locator('.count').textContent();
      if (!shown.startsWith(`${rows.length} `)) faults.push(`${rows.length} rows, and it says ${shown}`);

      await follow(page, page.locator('tbody th a').first(), '**/domains/*');
      const problem = page.locator('.problem', { hasText: REASON });
      if (!(await problem.textContent()).includes('Fix: ')) faults.push('no fix');
      const link = await problem.locator('a').getAttribute('href');
      if (!link.endsWith(`docs/findings.md#${REASON}`)) faults.push(`the runbook is ${link}`);

      await page.getByRole('button', { name: 'Copy the policy file' }).click();
      await page.getByText('copied').waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      const lint = spawnSync(exporter, ['lint', 'policy', '-'], { input: copied, encoding: 'utf8' });
      if (lint.status !== 0) faults.push(`what was copied is no policy: ${copied}${lint.stdout}`);
      await page.screenshot({ path: 'pictures/domain.png', fullPage: true });

      const domain = await page.locator('h1').textContent();
      await follow(page, page.locator('h3 a[href*="/mx/"]').first(), '**/mx/*');
      const users = page.getByRole('region', { name: 'Domains that use this MX host' });
      if (!(await users.textContent()).includes(domain)) faults.push(`the MX page does not name ${domain}`);
      await page.screenshot({ path: 'pictures/mx.png', fullPage: true });
      return { faults: [...faults, ...complaints] };
    },

    'the copied text is whole where the browser has no clipboard for us': async () => {
      const { page, context, complaints } = await open(`domains/deepmx.test`);
      await context.grantPermissions(['clipboard-read'], { origin: new URL(site).origin });
      await page.evaluate(() => Object.defineProperty(window, 'isSecureContext', { value: false }));
      const wanted = await page.locator('.copyable pre').first().textContent();
      await page.locator('.copyable button').first().click();
      await page.getByText('copied').waitFor();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      return { faults: [...(copied.trim() === wanted.trim() ? [] : [`copied ${copied}, not ${wanted}`]), ...complaints] };
    },

    'a certificate chain is shown with its dates, a dialogue with its lines, a timeline with its changes': async () => {
      const { page, complaints } = await open('domains/mxexpired.test');
      for (const what of ['Certificates of', 'SMTP dialogue with'])
        await page.locator('summary', { hasText: `${what} expired.badmx.test` }).click();
      const text = await page.locator('main').innerText();
      const wanted = ['ended', 'CN=expired.badmx.test', '250-STARTTLS', 'MX set: 10 expired.badmx.test'];
      return { faults: [...wanted.filter((part) => !text.includes(part)).map((part) => `no ${part} in ${text}`), ...complaints] };
    },

    'the last looks are listed, what was not ok among them': async () => {
      const { page, complaints } = await open('looks');
      const rows = await page.locator('tbody tr').count();
      const failing = await page.locator('tbody .badge.fail').count();
      return { faults: [...(rows > 100 && failing > 0 ? [] : [`${rows} rows, ${failing} failing`]), ...complaints] };
    },

    'what is not there is said': async () => {
      const faults = [];
      for (const [path, words] of [['domains/unknown.test', 'not configured'], ['mx/unknown.test', 'no configured domain']]) {
        const { page } = await open(path);
        const text = await page.locator('main').textContent();
        if (!text.includes(words)) faults.push(`${path} says ${text}`);
      }
      return { faults };
    },

    'nothing is wider than a telephone, in light and in dark': async () => {
      const faults = [];
      for (const [name, path] of [['fleet', ''], ['domain', 'domains/mxexpired.test'], ['mx', 'mx/mx1.mailhost.test']]) {
        for (const colorScheme of ['light', 'dark']) {
          const { page, context } = await open(path, { colorScheme, viewport: { width: 360, height: 800 } });
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          if (width > 360) faults.push(`${path} is ${width} wide`);
          await page.screenshot({ path: `pictures/${name}-narrow-${colorScheme}.png` });
          await page.setViewportSize({ width: 1280, height: 900 });
          await page.screenshot({ path: `pictures/${name}-${colorScheme}.png` });
          await context.close();
        }
      }
      return { faults };
    },
  };
}
