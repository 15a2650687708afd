// Pictures of the app: node screenshot.mjs FOLDER [ADDRESS WITHIN THE SITE, as in '#/lesson']
// Run by `cargo xtask screenshot`, which serves the site and names the browser.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, openPage } from './harness.mjs';

const [folder, path = ''] = process.argv.slice(2);
const sizes = [{ width: 1280, height: 800 }, { width: 390, height: 844 }];

await mkdir(folder, { recursive: true });
const browser = await launch();
try {
  for (const viewport of sizes) {
    for (const colorScheme of ['light', 'dark']) {
      const { page, context, seen } = await openPage(browser, { path, viewport, colorScheme });
      await page.waitForLoadState('networkidle');
      // The first paint of the terminal and whatever moves in.
      await page.waitForTimeout(2000);
      const file = join(folder, `${viewport.width}-${colorScheme}.png`);
      await page.screenshot({ path: file });
      console.log(file, ...seen.errors);
      await context.close();
    }
  }
} finally {
  await browser.close();
}
