// usage: node browser.mjs URL URL_OF_MANY_DOMAINS EXPORTER
// Prints a line of JSON for each thing that was tried: {what, faults, figures}.
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { axeTests } from './axe.mjs';
import { hostileTests } from './hostile.mjs';
import { keyboardTests } from './keyboard.mjs';
import { manyTests } from './many.mjs';
import { walkTests } from './walk.mjs';

const [site, many, exporter] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
mkdirSync('pictures', { recursive: true });

// A page that collects what its scripts complain of, broken policies of the document included.
async function open(path, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => { complaints.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    if (!request.url().startsWith(site) && !request.url().startsWith(many)) complaints.push(`asks ${request.url()}`);
  });
  await goto(page, new URL(path, options.base ?? site));
  return { page, complaints, context, session };
}

async function goto(page, url) {
  await page.goto(url.href);
  await drawn(page);
}

const drawn = (page) => page.waitForSelector('main:not([aria-busy])');

// To the page behind a link, once it is drawn.
async function follow(page, link, url) {
  await link.click();
  await page.waitForURL(url);
  await drawn(page);
}

async function attempt(what, test) {
  const result = { what, faults: [] };
  try {
    const { faults = [], figures = [] } = (await test()) ?? {};
    Object.assign(result, { faults, figures });
  } catch (error) {
    result.faults.push(String(error).slice(0, 1000));
  }
  console.log(JSON.stringify(result));
}

const tools = { site, many, exporter, open, drawn, follow };
for (const tests of [walkTests, keyboardTests, hostileTests, axeTests, manyTests]) {
  for (const [what, test] of Object.entries(tests(tools))) await attempt(`browser: ${what}`, test);
}
await browser.close();
