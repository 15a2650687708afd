// The scale lesson, from its first page to its last.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { assertAccessible, assertClean, browser } from './harness.mjs';
import { SCALE, check, idle, ready, scenario, texts, type } from './lesson.mjs';

const open = browser();

for (const [language, locale] of [['en', 'en-US'], ['ko', 'ko-KR'], ['ja', 'ja-JP']]) {
  test(`by typing, in ${locale}`, async () => {
    const { page, seen } = await open({ locale });
    const words = await texts(language);
    const { intro, steps, finish } = await scenario(SCALE, language);
    await ready(page);
    assert.equal(await page.locator('html').getAttribute('lang'), language);
    assert.equal(await page.locator('article h1').textContent(), intro);
    await page.getByRole('button', { name: words['nav.begin'], exact: true }).click();
    for (const [at, step] of steps.entries()) {
      assert.equal(await page.locator('article h1').textContent(), step.title);
      await type(page, step.solution);
      await check(page, words, steps[at + 1]?.title ?? finish);
    }
    assert.equal(await page.locator('article h1').textContent(), finish);
    assertClean(seen);
  });
}

test('by its run buttons', async () => {
  const { page, seen } = await open({ locale: 'en-US' });
  const words = await texts('en');
  const { steps, finish } = await scenario(SCALE, 'en');
  await ready(page);
  await page.getByRole('button', { name: words['nav.begin'], exact: true }).click();
  for (const [at, step] of steps.entries()) {
    await page.getByRole('heading', { level: 1, name: step.title }).waitFor();
    // What is folded is unfolded, as a learner would who does not know.
    for (const summary of await page.locator('article summary').all()) await summary.click();
    for (const button of await page.locator('article button.run').all()) {
      await button.click();
      await idle(page);
    }
    await check(page, words, steps[at + 1]?.title ?? finish);
  }
  assertClean(seen);
});

test('a step that is not done says what is missing, and helps', async () => {
  const { page } = await open({ locale: 'ko-KR' });
  const words = await texts('ko');
  await ready(page);
  await page.getByRole('button', { name: words['nav.begin'], exact: true }).click();
  await page.getByRole('button', { name: words['nav.check'], exact: true }).click();
  await page.locator('.not-yet li', { hasText: 'kubectl get deployments' }).waitFor();
  await page.locator('.help button').first().click();
  await page.locator('.hints li').first().waitFor();
  await assertAccessible(page);
});
