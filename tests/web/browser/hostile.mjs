// What a domain serves is text.

const PAGES = ['?q=hostile', 'domains/hostile.test', 'mx', 'mx/mx.hostile.test'];

const look = () => ({
  hacked: window.hacked,
  scripts: document.querySelectorAll('script').length,
  foreign: document.querySelectorAll('img, iframe, object, svg, [onerror], [onload], [style]').length,
  text: document.body.textContent,
});

export function hostileTests({ open }) {
  return {
    'hostile texts are shown as text, and none becomes markup': async () => {
      const faults = [];
      for (const path of PAGES) {
        const { page, complaints } = await open(path);
        for (const summary of await page.locator('summary').all()) await summary.click();
        const { hacked, scripts, foreign, text } = await page.evaluate(look);
        if (hacked !== undefined) faults.push(`${path}: a script of the domain ran`);
        if (scripts !== 1 || foreign > 0) faults.push(`${path}: ${scripts} scripts, ${foreign} elements of the domain's`);
        if (!text.includes(path === 'mx' ? 'hostile.test' : '<script>')) faults.push(`${path}: it is not shown`);
        const unsafe = text.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
        if (unsafe) faults.push(`${path} has ${JSON.stringify(unsafe[0])}`);
        faults.push(...complaints.map((complaint) => `${path}: ${complaint}`));
        await page.screenshot({ path: `pictures/hostile-${PAGES.indexOf(path)}.png` });
      }
      return { faults };
    },

    'markup that came in all the same would run nothing': async () => {
      const { page } = await open('');
      const ran = await page.evaluate(async () => {
        const image = document.createElement('img');
        const refused = [];
        for (const attempt of [
          () => { document.body.innerHTML += '<img src=x onerror="window.hacked = 4">'; },
          () => { image.setAttribute('onerror', 'window.hacked = 5'); },
          () => { setTimeout('window.hacked = 6', 0); },
        ]) try { attempt(); } catch (error) { refused.push(error.name); }
        await new Promise((done) => { setTimeout(done, 0); });
        return window.hacked ?? (refused.length === 3 ? undefined : `only ${refused.length} refused`);
      });
      return { faults: ran === undefined ? [] : [String(ran)] };
    },
  };
}
