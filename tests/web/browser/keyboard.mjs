// Without a mouse.

const LIMIT = 60; // presses of Tab

async function tabTo(page, selector) {
  for (let i = 0; i < LIMIT; i += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  throw new Error(`${selector} is not reached by Tab`);
}

export function keyboardTests({ open, drawn, follow }) {
  return {
    'a domain is found, opened and its certificates unfolded by the keyboard alone': async () => {
      const faults = [];
      const { page, complaints } = await open('');
      await page.keyboard.press('Tab');
      const first = await page.evaluate(() => document.activeElement.textContent);
      if (first !== 'Skip to the content') faults.push(`the first stop is ${first}`);
      await page.keyboard.press('Enter');
      await tabTo(page, 'input[name=q]');
      await page.keyboard.type('CERTNAME');
      await page.waitForFunction(() => document.querySelector('.count').textContent === '1 found');
      await tabTo(page, 'tbody th a');
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      if (outline === 'none') faults.push('the place of the keyboard is not seen');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/domains/certname.test');
      await drawn(page);
      await tabTo(page, 'summary');
      await page.keyboard.press('Enter');
      if (!(await page.evaluate(() => document.activeElement.parentElement.open))) faults.push('it does not unfold');
      return { faults: [...faults, ...complaints] };
    },

    'a list is as it was after the way back': async () => {
      const { page, complaints } = await open('?verdict=fail&sort=name');
      const before = await page.locator('tbody th').allTextContents();
      await follow(page, page.locator('tbody th a').first(), '**/domains/*');
      await page.goBack();
      await page.waitForURL('**verdict=fail**');
      await drawn(page);
      const after = await page.locator('tbody th').allTextContents();
      const chosen = await page.locator('select[name=verdict]').inputValue();
      const same = chosen === 'fail' && before.length > 0 && before.join() === after.join();
      return { faults: [...(same ? [] : [`${chosen}: ${after.slice(0, 3)}, before ${before.slice(0, 3)}`]), ...complaints] };
    },
  };
}
