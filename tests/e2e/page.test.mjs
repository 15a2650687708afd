// The page around the lesson: what it keeps, what it does without, how it is used.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { assertAccessible, assertClean, browser } from './harness.mjs';
import { SCALE, idle, ready, scenario, texts, type } from './lesson.mjs';

const open = browser();
const words = await texts('en');
const english = { locale: 'en-US' };
const KEY = `drydock/world/${SCALE}`;
const DEPLOY = 'kubectl create deployment web --image=nginx --replicas=2';

test('axe finds no serious fault, wide and narrow, light and dark', async () => {
  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
    for (const colorScheme of ['light', 'dark']) {
      const { page, context } = await open({ ...english, viewport, colorScheme });
      await page.locator('.clock-time').waitFor({ state: 'attached' });
      await page.locator('article h1').waitFor();
      await assertAccessible(page);
      if (viewport.width === 390) {
        for (const tab of [words['terminal.title'], words['cluster.title']]) {
          await page.getByRole('navigation').getByRole('button', { name: tab }).click();
          await assertAccessible(page);
        }
      }
      for (const form of ['cluster.list', 'cluster.requests']) {
        await page.getByRole('button', { name: words[form], exact: true }).click();
        await assertAccessible(page);
      }
      await context.close();
    }
  }
});

test('the picture shows the Pods that were asked for, and the clock hurries', async () => {
  const { page, seen } = await open(english);
  await ready(page);
  await type(page, DEPLOY);
  await page.getByRole('button', { name: words['clock.stable'] }).click();
  await page.locator('.pod.ready').nth(1).waitFor();
  assert.equal(await page.locator('.pod').count(), 2);
  assert.match(await page.locator('.picture svg').getAttribute('aria-label'), /2 of them ready/);
  await page.getByRole('button', { name: words['clock.pause'] }).click();
  const time = await page.locator('time').textContent();
  await page.waitForTimeout(1500);
  assert.equal(await page.locator('time').textContent(), time);
  assertClean(seen);
});

test('the cluster and the progress survive a reload', async () => {
  const { page, seen } = await open(english);
  const { steps } = await scenario(SCALE, 'en');
  await ready(page);
  await page.getByRole('button', { name: words['nav.begin'] }).click();
  await type(page, DEPLOY);
  await page.locator('.pod.ready').nth(1).waitFor();
  const names = await page.locator('.pod title').allTextContents();
  await page.reload();
  await ready(page);
  await page.getByRole('heading', { level: 1, name: steps[0].title }).waitFor();
  await page.locator('.pod.ready').nth(1).waitFor();
  assert.deepEqual(await page.locator('.pod title').allTextContents(), names);
  assertClean(seen);
});

test('a saved state that is broken or foreign is set aside with a message', async () => {
  for (const text of ['{"format":2,"log":', '[]', '{"format":99}', '\u0000', '{"format":1,"log":[]}', '{"format":2,"engine":"0.0.1","lesson":1}']) {
    const { page, context, seen } = await open(english);
    await page.locator('article h1').waitFor();
    await context.addInitScript(([key, text]) => {
      if (!sessionStorage.getItem('once')) localStorage.setItem(key, text);
      sessionStorage.setItem('once', '1');
    }, [KEY, text]);
    await page.reload();
    await page.getByRole('alert').waitFor();
    await ready(page);
    assert.equal(await page.evaluate((key) => localStorage.getItem(key), `drydock/set-aside/${SCALE}`), text);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: words['notice.download'] }).click();
    await download;
    assertClean(seen);
    await context.close();
  }
});

test('an endless loop is interrupted and the page stays usable', async () => {
  const { page, seen } = await open(english);
  await ready(page);
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('while :; do :; done\n');
  await page.locator('.clock[data-busy="true"]').waitFor();
  await page.getByRole('button', { name: words['cluster.list'], exact: true }).click();
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.press('Control+C');
  await idle(page);
  assertClean(seen);
});

test('by keyboard: over to the terminal, and the dividers move', async () => {
  const { page } = await open(english);
  await ready(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const divider = page.getByRole('separator', { name: words['divider.lesson'] });
  const before = Number(await divider.getAttribute('aria-valuenow'));
  await divider.focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(Number(await divider.getAttribute('aria-valuenow')), before + 2);
});
