// What becomes of the page when its engine does not do what it should.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser } from './harness.mjs';
import { SCALE, idle, ready, texts, type } from './lesson.mjs';

const open = browser();
const words = await texts('en');
const english = { locale: 'en-US' };
const KEY = `drydock/world/${SCALE}`;
const shown = (page) => page.locator('.xterm-rows').textContent();

// An engine that falls over (or stands still) when it is told these keys: the real one, with a
// worker's script around it.
async function openWith(keys, fault) {
  const { page, context } = await open(english);
  await context.route('**/engine_loader.js*', async (route) => {
    const script = await (await route.fetch()).text();
    const around = `
      // (module (func (export "f") unreachable)): a trap, and no panic's message before it.
      const trap = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11]);
      self.addEventListener('message', ({ data }) => {
        if (data.startsWith('{"input":{"keys":') && data.includes(${JSON.stringify(keys)})) { ${fault} }
      });`;
    await route.fulfill({ contentType: 'text/javascript', body: `${script}${around}` });
  });
  await page.reload();
  await ready(page);
  return { page };
}

test('an engine that cannot start says so, and the lesson can still be read', async () => {
  const { page, context } = await open(english);
  await context.route('**/engine*', (route) => route.abort());
  await page.reload();
  await page.getByRole('heading', { name: words['failure.start'] }).waitFor();
  await page.locator('article h1').waitFor();
  await context.unroute('**/engine*');
  await page.getByRole('button', { name: words['failure.again'] }).click();
  await ready(page);
});

test('an engine that traps says so, and goes on from before', async () => {
  const fault = 'new WebAssembly.Instance(new WebAssembly.Module(trap)).exports.f();';
  const { page } = await openWith('#', fault);
  await type(page, 'touch kept');
  await page.keyboard.type('echo lost # ');
  await page.getByRole('heading', { name: words['failure.stopped'] }).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: words['failure.download'] }).click();
  await download;
  // The page lives: the lesson can be read on.
  await page.getByRole('button', { name: words['nav.begin'] }).click();
  await page.getByRole('button', { name: words['failure.before'] }).click();
  await ready(page);
  await type(page, 'ls');
  assert.doesNotMatch(await shown(page), /kept\s/, 'the line before the one that was not ended is gone');
});

test('an engine that freezes is noticed, and goes on from before', async () => {
  const { page } = await openWith('#', 'for (;;);');
  await type(page, 'touch kept');
  await page.keyboard.type('#');
  await page.getByRole('heading', { name: words['failure.stopped'] }).waitFor({ timeout: 60_000 });
  await page.getByText(words['failure.details']).click();
  await page.getByText(words['failure.frozen']).waitFor();
  await page.getByRole('button', { name: words['failure.before'] }).click();
  await ready(page);
  await idle(page);
});

test('a replay that leads elsewhere says so, and the world can be used', async () => {
  const { page, context } = await open(english);
  await ready(page);
  await type(page, 'echo hello');
  await page.waitForFunction((key) => JSON.parse(localStorage.getItem(key))?.mark, KEY);
  await context.addInitScript((key) => {
    if (sessionStorage.getItem('once')) return;
    sessionStorage.setItem('once', '1');
    const text = localStorage.getItem(key);
    localStorage.setItem(key, text.replace(/"hash":\d+/, '"hash":1'));
  }, KEY);
  await page.reload();
  await page.getByRole('alert').getByText(words['notice.diverged']).waitFor();
  await ready(page);
  assert.match(await shown(page), /hello/);
  await type(page, 'echo again');
});
