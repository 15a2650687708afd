// What the tests of the page do again and again: the page's words, the terminal, the check button.

import { readFile, readdir } from 'node:fs/promises';
import assert from 'node:assert/strict';

const root = new URL('../../', import.meta.url);

export async function texts(language) {
  return JSON.parse(await readFile(new URL(`assets/text/${language}.json`, root), 'utf8'));
}

// The scenario as its index.json lists it, with each step's solution.
export async function scenario(path, language) {
  const folder = new URL(`lessons/${path}/`, root);
  const index = JSON.parse(await readFile(new URL('index.json', folder), 'utf8'));
  const table = index.drydock.translations[language] ?? {};
  const title = (part) => table[part.title] ?? part.title;
  const { intro, steps, finish } = index.details;
  const solve = async (step) => {
    const beside = new URL('.', new URL(step.text, folder));
    const files = await readdir(beside);
    return files.includes('solution.sh') ? await readFile(new URL('solution.sh', beside), 'utf8') : '';
  };
  const solved = [];
  for (const step of steps) solved.push({ title: title(step), solution: await solve(step) });
  return { intro: title(intro), steps: solved, finish: title(finish) };
}

export const SCALE = 'kubernetes-basics/scale';

// Waits for the prompt of a world that is there.
export async function ready(page) {
  await page.locator('.clock[data-busy="false"][aria-busy="false"]').waitFor();
  await page.locator('.xterm-rows', { hasText: 'controlplane' }).waitFor();
}

export async function idle(page) {
  // A command begins a moment after its keys.
  await page.waitForTimeout(150);
  await page.locator('.clock[data-busy="false"]').waitFor({ timeout: 60_000 });
}

// Types lines into the terminal, each when the one before has ended.
export async function type(page, script) {
  await page.locator('.xterm-helper-textarea').focus();
  for (const line of script.split('\n').filter((line) => line.trim() && !line.startsWith('#'))) {
    await page.keyboard.type(line);
    await page.keyboard.press('Enter');
    await idle(page);
  }
}

// Presses the check button until the next page opens; says what is missing if it never does.
export async function check(page, words, next) {
  const heading = page.locator('article h1');
  for (let attempt = 0; attempt < 40; attempt += 1) {
    await page.getByRole('button', { name: words['nav.check'], exact: true }).click();
    await page.locator('.check-result .running').waitFor({ state: 'detached' });
    if (await heading.textContent() === next) return;
    await page.waitForTimeout(500);
  }
  assert.fail(`the step before "${next}" did not pass: ${await page.locator('.check-result').textContent()}`);
}
