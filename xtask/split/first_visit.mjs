// Goes through a first visit in an engine that notes which of its functions were called, and writes their
// numbers: `node first_visit.mjs ENGINE.js MARKED.wasm LIST`.
//
// A first visit is the first lesson: its run buttons, its solutions and its checks, a look back, and what
// everybody types meanwhile. What it leaves out is not lost: it comes when it is needed.

import { readFile, readdir, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

const [engine, marked, list] = process.argv.slice(2);
// Far longer than it takes: an engine that never answers must not hold up the build for ever.
setTimeout(() => {
  console.error('the engine did not come to the end of a first visit');
  process.exit(1);
}, 300_000);
const lesson = new URL('../../lessons/kubernetes-basics/scale/', import.meta.url);

const EVERYBODY = [
  'ls', 'pwd', 'clear', 'help | head -3', 'echo "$HOME" > note; cat note', 'kubectl version', 'kubectl cluster-info',
  'kubectl', 'kubectl --help', 'kubectl get --help', 'kubectl get nodes -o wide', 'kubectl get all',
  'kubectl get pods -A', 'kubectl get pods --show-labels', 'kubectl get events', 'kubectl gte pods', 'kubectl get pod',
  'kubectl get nothing', 'kubectl get deploy -o yaml', 'kubectl get deploy -o json | grep replicas', 'kubectl get svc',
  'kubectl get deployment none', 'kubectl describe deployments', 'kubectl describe pods | head -40', 'kubectl scal',
  'for n in 1 2 3; do echo $n; done', 'nosuchcommand', 'kubectl get po -o name', 'kubectl scale deployment',
  'kubectl logs deploy/kubernetes-bootcamp --tail=2', 'history | tail -3', 'curl localhost:1', 'k get po',
  'export NAME=$(kubectl get pods -o jsonpath="{.items[0].metadata.name}"); echo $NAME', 'kubectl delete pod $NAME',
];
// Keys that are no command: completion, the line before, giving up a line, watching and stopping to.
const KEYS = ['kubectl get po\t\r', 'kubectl get pods kub\t\x15', '\x1b[A\x1b[D\x1b[C\x7f\x03', 'kubectl get pods -w\r', '\x03'];

const heard = [];
let listener = () => {};
globalThis.self = globalThis;
globalThis.postMessage = (text) => {
  const message = JSON.parse(text);
  if (message.failed) throw new Error(message.failed.message);
  heard.push(message);
  listener();
};

// Resolves when what was heard since `from` passes.
function until(from, passes) {
  return new Promise((resolve) => {
    listener = () => heard.slice(from).some(passes) && resolve();
    listener();
  });
}

const say = (message) => globalThis.onmessage({ data: JSON.stringify(message) });
const kind = (message) => (typeof message === 'string' ? message : Object.keys(message)[0]);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function idle() {
  await pause(60);
  while (heard.findLast((message) => message.clock)?.clock.busy) await pause(10);
}

async function type(text) {
  say({ input: { keys: { terminal: 0, text } } });
  await idle();
}

async function ahead(order) {
  const from = heard.length;
  say({ clock: order });
  await until(from, (message) => kind(message) === 'went-ahead');
}

let checks = 0;
async function check(script) {
  const [from, id] = [heard.length, (checks += 1)];
  say({ input: { check: { id, script } } });
  await until(from, (message) => message.checked?.id === id);
}

async function open(config, log, end) {
  const from = heard.length;
  say({ open: { config, log, until: end, mark: null, pace: [false, 10] } });
  await until(from, (message) => kind(message) === 'opened');
}

// The lines of a step's run buttons and of its solution.
async function lines(step) {
  const folder = new URL('.', new URL(step.text, lesson));
  const text = await readFile(new URL(step.text, lesson), 'utf8');
  const buttons = [...text.matchAll(/```\w*\n([^`]*)```\{\{exec/g), ...text.matchAll(/`([^`\n]+)`\{\{exec/g)];
  const files = await readdir(folder);
  const solution = files.includes('solution.sh') ? await readFile(new URL('solution.sh', folder), 'utf8') : '';
  const all = [...buttons.map((found) => found[1]), solution].join('\n').split('\n');
  return all.filter((line) => line.trim() && !line.startsWith('#'));
}

const { default: init } = await import(pathToFileURL(engine));
const exports = await init({ module_or_path: await readFile(marked) });
const { details, drydock } = JSON.parse(await readFile(new URL('index.json', lesson), 'utf8'));
const start = Date.UTC(2026, 0, 1) * 1000;
const config = { profile: drydock.profile, seed: drydock.seed, start };
await open(config, [], start);
say({ input: { resize: { terminal: 0, columns: 80, rows: 24 } } });
await idle();
for (const step of details.steps) {
  const verify = await readFile(new URL(step.verify, lesson), 'utf8');
  await check(verify);
  for (const line of await lines(step)) await type(`${line}\r`);
  await ahead('until-stable');
  await check(verify);
}
for (const line of EVERYBODY) await type(`${line}\r`);
for (const text of KEYS) {
  say({ input: { keys: { terminal: 0, text } } });
  await pause(300);
}
await ahead('step');
say('mark');
const log = heard.flatMap((message) => message.logged ?? []);
await open(config, log, log.at(-1).at);

const called = Object.entries(exports).filter(([name, value]) => /^~\d+$/.test(name) && value.value === 1);
await writeFile(list, called.map(([name]) => `${name.slice(1)}\n`).join(''));
process.exit(0);
