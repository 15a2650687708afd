// The site as it is shipped: it starts, its engine answers, nothing comes from elsewhere.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { assertAccessible, assertClean, browser, url } from './harness.mjs';
import { SCALE, check, ready, scenario, texts, type } from './lesson.mjs';

const open = browser();

test('the page starts and its engine answers', async () => {
  const { page, seen } = await open();
  await page.getByText('Drydock', { exact: true }).waitFor();
  await page.locator('.clock[data-busy]').waitFor();
  assertClean(seen);
});

test('the first step of the lesson can be done', async () => {
  const { page, seen } = await open({ locale: 'en-US' });
  const words = await texts('en');
  const { steps } = await scenario(SCALE, 'en');
  await ready(page);
  await page.getByRole('button', { name: words['nav.begin'], exact: true }).click();
  await type(page, steps[0].solution);
  await check(page, words, steps[1].title);
  assertClean(seen);
});

test('the first step runs in the half of the engine that is there first', async () => {
  const { page, context } = await open();
  await context.route('**/engine_later*', (route) => route.abort());
  await page.reload();
  const { steps } = await scenario(SCALE, 'en');
  await ready(page);
  await type(page, steps[0].solution);
  await type(page, 'kubectl get deployments');
  await page.locator('.xterm-rows', { hasText: 'kubernetes-bootcamp   1/1' }).waitFor();
});

test('the other half is waited for where it is called early', async () => {
  const { page, context, seen } = await open();
  await context.route('**/engine_later.wasm.xz*', (route) => route.abort());
  await page.reload();
  await ready(page);
  await type(page, 'printf "b\\na\\n" > one; sort one > two; diff one two | sed s/^/said:/');
  await page.locator('.xterm-rows', { hasText: 'said:1d0' }).waitFor();
  assert.ok(seen.requests.some((request) => /engine_later\.wasm(\?|$)/.test(request)));
});

test('axe finds no serious fault', async () => {
  const { page } = await open();
  await page.locator('.clock[data-busy]').waitFor();
  await assertAccessible(page);
});

test('xterm can be imported by the names of the import map', async () => {
  const { page, seen } = await open();
  const names = await page.evaluate(async () => {
    const [xterm, fit] = await Promise.all([import('xterm'), import('xterm-addon-fit')]);
    return [typeof xterm.Terminal, typeof fit.FitAddon];
  });
  assert.deepEqual(names, ['function', 'function']);
  assertClean(seen);
});

test('the policy keeps foreign scripts and connections out', async () => {
  const { page } = await open();
  const refused = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.intruder = true';
    document.head.append(script);
    const fetched = await fetch('http://localhost:1/').then(() => 'fetched', () => 'refused');
    return [window.intruder === undefined, fetched];
  });
  assert.deepEqual(refused, [true, 'refused']);
});

test('the site answers under a path of its own', () => {
  assert.ok(url.endsWith('/'), 'relative links need the slash at the end');
});
