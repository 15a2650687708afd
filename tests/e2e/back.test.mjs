// Back and forth: undo and redo, copies in files, other places.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertAccessible, assertClean, browser } from './harness.mjs';
import { SCALE, check, ready, scenario, texts, type } from './lesson.mjs';

const open = browser();
const words = await texts('en');
const english = { locale: 'en-US' };
const KEY = `drydock/world/${SCALE}`;
const shown = (page) => page.locator('.xterm-rows').textContent();
const press = (page, key) => page.getByRole('button', { name: words[key], exact: true }).click();

async function menu(page, key) {
  await page.getByRole('button', { name: words['menu.title'], exact: true }).click();
  await press(page, key);
}

// The world is made anew: first the old one goes, then the new one is there.
async function turned(page, deed) {
  const done = page.locator('.clock[aria-busy="true"]').waitFor({ state: 'attached' });
  await deed();
  await done;
  await ready(page);
}

test('undo takes the last command back, redo does it again', async () => {
  const { page, seen } = await open(english);
  await ready(page);
  const undo = page.getByRole('button', { name: words['clock.undo'], exact: true });
  const redo = page.getByRole('button', { name: words['clock.redo'], exact: true });
  assert.equal(await undo.getAttribute('aria-disabled'), 'true');
  await type(page, 'kubectl create deployment web --image=nginx --replicas=2');
  await page.locator('.pod.ready').nth(1).waitFor();
  const names = await page.locator('.pod title').allTextContents();
  await type(page, 'kubectl delete deployment web');
  await page.locator('.pod').first().waitFor({ state: 'detached' });
  await press(page, 'clock.pause');
  // By keyboard, and again at once: the button keeps the focus.
  await undo.focus();
  await turned(page, () => page.keyboard.press('Enter'));
  await page.locator('.pod.ready').nth(1).waitFor();
  assert.deepEqual(await page.locator('.pod title').allTextContents(), names);
  assert.doesNotMatch(await shown(page), /kubectl delete/);
  assert.ok(await page.getByRole('button', { name: words['clock.run'] }).isVisible(), 'what was paused stays paused');
  await turned(page, () => page.keyboard.press('Enter'));
  assert.equal(await page.locator('.pod').count(), 0);
  await assertAccessible(page);
  // What was undone outlives a reload.
  await page.waitForFunction((key) => JSON.parse(localStorage.getItem(key)).undone.length === 2, KEY);
  await page.reload();
  await ready(page);
  await turned(page, () => redo.click());
  await page.locator('.pod.ready').nth(1).waitFor();
  await turned(page, () => redo.click());
  assert.match(await shown(page), /deployment.apps "web" deleted/);
  assert.equal(await redo.getAttribute('aria-disabled'), 'true');
  assertClean(seen);
});

test('a step that was passed after it is passed no more, and again by redo', async () => {
  const { page } = await open(english);
  const { steps } = await scenario(SCALE, 'en');
  const title = page.locator('article h1');
  await ready(page);
  await press(page, 'nav.begin');
  await type(page, steps[0].solution);
  await check(page, words, steps[1].title);
  assert.equal(await page.locator('.dot.passed').count(), 1);
  await turned(page, () => press(page, 'clock.undo'));
  assert.equal(await title.textContent(), steps[0].title);
  assert.equal(await page.locator('.dot.passed').count(), 0);
  await turned(page, () => press(page, 'clock.redo'));
  assert.equal(await title.textContent(), steps[1].title);
  assert.equal(await page.locator('.dot.passed').count(), 1);
});

test('one event at a time, and who made it', async () => {
  const { page } = await open(english);
  await ready(page);
  await press(page, 'clock.pause');
  await type(page, 'kubectl create deployment web --image=nginx');
  // A step may be told and replaced by the next between two looks: the page itself notes each.
  await page.evaluate(() => {
    window.told = [];
    const note = () => window.told.push(...[...document.querySelectorAll('.happened li')].map((li) => li.textContent));
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  // The image is still being pulled when the command ends, so the kubelet's part is always to come.
  for (let at = 0; at < 60 && await page.locator('.pod.ready').count() === 0; at += 1) {
    await press(page, 'clock.step');
    await page.waitForTimeout(200);
  }
  const seen = await page.evaluate(() => window.told);
  assert.ok(seen.some((line) => /^system:node:node0\d changed Pod web-/.test(line)), seen.join('\n'));
});

test('a copy is saved to a file and opened elsewhere; what was there is not lost', async () => {
  const { page, context } = await open(english);
  await ready(page);
  await type(page, 'echo first-world');
  const waits = page.waitForEvent('download');
  await menu(page, 'menu.download');
  const file = join(tmpdir(), `drydock-copy-${process.pid}.json`);
  await (await waits).saveAs(file);
  await context.close();

  const { page: other, seen } = await open(english);
  await ready(other);
  await type(other, 'echo second-world');
  await turned(other, () => other.setInputFiles('input[type="file"]', file));
  assert.match(await shown(other), /first-world/);
  await other.getByRole('alert').getByText(words['open.done']).waitFor();
  const before = other.waitForEvent('download');
  await press(other, 'notice.download');
  const { log } = JSON.parse(await readFile(await (await before).path(), 'utf8'));
  assert.match(log.map(({ input }) => input.keys?.text ?? '').join(''), /second-world/);
  assertClean(seen);
});

test('a file that is broken or foreign changes nothing, and says so', async () => {
  const { page, seen } = await open(english);
  await ready(page);
  await type(page, 'echo still-here');
  const good = JSON.parse(await page.evaluate(async (key) => {
    while (!localStorage.getItem(key)) await new Promise((done) => setTimeout(done, 100));
    return localStorage.getItem(key);
  }, KEY));
  const files = {
    'open.broken': ['', 'GIF89a', '{}', '[1]', JSON.stringify({ ...good, log: 7 })],
    'open.foreign': [JSON.stringify({ ...good, format: 99 })],
    'open.other': [JSON.stringify({ ...good, engine: '0.0.1' })],
    'open.unknown': [JSON.stringify({ ...good, lesson: 'no/such' })],
  };
  for (const [key, texts] of Object.entries(files)) {
    for (const [at, text] of texts.entries()) {
      // A browser tells of no choice where the same file is chosen again.
      const file = join(tmpdir(), `drydock-${key}-${at}-${process.pid}.json`);
      await writeFile(file, text);
      await page.setInputFiles('input[type="file"]', file);
      const told = words[key].replace('{version}', '0.0.1').replace('{lesson}', 'no/such');
      await page.getByRole('alert').getByText(told).waitFor();
      await page.getByRole('alert').getByRole('button', { name: words['notice.dismiss'] }).click();
    }
  }
  await type(page, 'echo and-here');
  assert.match(await shown(page), /still-here[^]*and-here/);
  assertClean(seen);
});

test('the list of lessons leads to each, to free play and back, and knows what is done', async () => {
  const { page, seen } = await open(english);
  const { steps } = await scenario(SCALE, 'en');
  await ready(page);
  await press(page, 'nav.begin');
  await type(page, steps[0].solution);
  await check(page, words, steps[1].title);
  await press(page, 'lessons.title');
  const lesson = page.locator('.lessons li', { has: page.locator(`a[href="#/${SCALE}"]`) });
  await lesson.getByText(words['lesson.done'].replace('{done}', '1').replace('{all}', String(steps.length))).waitFor();
  await assertAccessible(page);
  await page.getByRole('link', { name: words['lessons.sandbox'] }).click();
  await page.getByRole('heading', { level: 1, name: words['lessons.sandbox'] }).waitFor();
  await ready(page);
  assert.equal(await page.locator('.pod').count(), 0);
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: steps[1].title }).waitFor();
  await ready(page);
  await page.locator('.pod').first().waitFor();
  assertClean(seen);
});

test('free play draws a seed, a lesson has its own, and the address may choose', async () => {
  const seed = async (path) => {
    const { page, context } = await open({ ...english, path });
    await ready(page);
    const text = await page.locator('.seed').textContent();
    await context.close();
    return text;
  };
  const own = (number) => words['menu.seed'].replace('{seed}', number);
  assert.equal(await seed(''), own('20'));
  assert.equal(await seed('?seed=7'), own('7'));
  assert.equal(await seed('#/sandbox?seed=8'), own('8'));
  assert.notEqual(await seed('#/sandbox'), await seed('#/sandbox'));
});

test('a request tells what was drawn at each rule', async () => {
  const { page } = await open({ ...english, path: '#/sandbox?seed=5' });
  await ready(page);
  await type(page, 'kubectl create deployment web --image=nginx --replicas=3\nkubectl expose deployment web --port 80');
  await press(page, 'clock.stable');
  await page.locator('.pod.ready').nth(2).waitFor();
  await type(page, "for i in 1 2 3 4 5 6; do curl -s $(kubectl get svc web -o jsonpath='{.spec.clusterIP}') >/dev/null; done");
  await press(page, 'cluster.requests');
  for (const summary of await page.locator('.recent summary').all()) await summary.click();
  const draws = (await page.locator('.draw').allTextContents()).map((text) => {
    const [, drawn, below] = text.match(/Drew (\S+), (?:not )?below (\S+):/);
    return [Number(drawn), Number(below), !text.includes('not below')];
  });
  assert.ok(draws.length >= 6);
  for (const [drawn, below, taken] of draws) assert.equal(drawn < below, taken);
  assert.deepEqual([...new Set(draws.map(([, below]) => below))].sort(), [0.33333, 0.5]);
});
