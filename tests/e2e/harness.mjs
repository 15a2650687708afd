// What every end-to-end test needs: a browser, a page that may reach nothing but the site, axe.
// `cargo xtask test e2e` serves the site and says where it is (DRYDOCK_URL) and which browser to
// drive (CHROMIUM). By hand: start `cargo xtask serve`, then
//   DRYDOCK_URL=http://localhost:8080/ CHROMIUM=/usr/bin/chromium node --test tests/e2e/

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

export const url = process.env.DRYDOCK_URL ?? 'http://localhost:8080/';

// How long a thing may take to appear: generous, for slow machines with two cores.
export const PATIENCE = 30_000;

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Tests run as root on build machines, where Chromium's sandbox cannot.
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

// One browser for the tests of a file. Call at its top; use the function that comes back:
//   const open = browser();
//   test('…', async () => { const { page } = await open(); … });
// Options are those of playwright's newContext (viewport, colorScheme, locale …), and `path`, which
// is added to the site's address.
export function browser() {
  let running;
  before(async () => { running = await launch(); });
  after(async () => { await running?.close(); });
  return (options = {}) => openPage(running, options);
}

export async function openPage(running, { path = '', ...options } = {}) {
  const context = await running.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const seen = { errors: [], requests: [] };
  page.on('pageerror', (error) => seen.errors.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(`console: ${message.text()}`);
  });
  page.on('requestfailed', (request) => {
    // A page that is left gives up what it was still loading.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') seen.errors.push(`failed: ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) seen.errors.push(`${response.status()}: ${response.url()}`);
  });
  context.on('request', (request) => seen.requests.push(request.url()));
  await page.goto(new URL(path, url).href);
  return { page, context, seen };
}

// No error in the console, no request that failed or left the site.
export function assertClean(seen) {
  assert.deepEqual(seen.errors, []);
  const origin = new URL(url).origin;
  const foreign = seen.requests.filter((r) => !r.startsWith(origin) && !r.startsWith('data:') && !r.startsWith('blob:'));
  assert.deepEqual(foreign, []);
}

// axe finds no serious or critical fault. evaluate() is not subject to the page's policy, so the
// policy stays in force while the page is tested.
export async function assertAccessible(page, include = undefined) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(
    (root) => window.axe.run(root ?? document, { resultTypes: ['violations'] }), include);
  const grave = violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical')
    .map((v) => `${v.id}: ${v.help} — ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  assert.deepEqual(grave, []);
}
