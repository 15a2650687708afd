// What the app costs in Chromium: node bench.mjs FOLDER [PODS ...]
// The time from navigation to the prompt on the site, and what a Pod costs the program bench.js in
// FOLDER. Run by `cargo xtask bench`, which builds both, serves the site and names the browser.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PATIENCE, launch, openPage, url } from './harness.mjs';

const [folder, ...asked] = process.argv.slice(2);
const ROUNDS = 5;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

// From navigation to the shell's prompt in the terminal, by the page's own clock.
async function prompt(browser) {
  const { page, context } = await openPage(browser);
  await page.waitForFunction(
    () => document.querySelector('.xterm-rows')?.textContent.includes('controlplane'), undefined, { polling: 'raf', timeout: PATIENCE });
  const milliseconds = await page.evaluate(() => performance.now());
  await context.close();
  return milliseconds;
}

// The program in a page without anything else; both come from this site's address, but not from the site.
async function pods(browser) {
  const context = await browser.newContext();
  context.setDefaultTimeout(0);
  const types = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };
  const base = new URL('bench/', url).href;
  await context.route(`${base}**`, async (route) => {
    const name = route.request().url().slice(base.length);
    const body = name === 'empty.html' ? '<!doctype html>' : await readFile(join(folder, name));
    await route.fulfill({ contentType: types[name.slice(name.lastIndexOf('.'))], body });
  });
  const page = await context.newPage();
  await page.goto(`${base}empty.html`);
  const sizes = await page.evaluate(async (address) => {
    window.program = await import(address);
    await window.program.default();
    return [...window.program.sizes()];
  }, `${base}bench.js`);
  for (const size of asked.length > 0 ? asked.map(Number) : sizes) {
    console.log(await page.evaluate((n) => window.program.measured(n), size));
  }
  await context.close();
}

const browser = await launch();
try {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await prompt(browser));
  const rounded = times.map((time) => Math.round(time));
  console.log(`prompt after ${median(rounded)} ms (median of ${rounded.join(', ')}; nothing cached)`);
  await pods(browser);
} finally {
  await browser.close();
}
