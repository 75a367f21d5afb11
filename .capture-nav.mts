import { createServer } from 'node:http';
import { build } from 'vite';
import { chromium } from 'playwright';
import { chromiumArgs } from './scripts/lib/chromium-args.mjs';
const r: any = await build({ root:'/work/main', configFile:false, publicDir:false, logLevel:'warn', define:{'process.env.NODE_ENV':'"production"'}, build:{target:'es2022',write:false,lib:{entry:'/work/main/src/signals/capture/start-capture.ts',formats:['es'],fileName:()=>'s.mjs'},rolldownOptions:{output:{minify:true}}}});
const code = (Array.isArray(r)?r[0]:r).output[0].code;
const script = `<script type="module">
import { startCapture } from '/s.mjs';
const key='journal', log = (s) => localStorage.setItem('log', JSON.stringify([...JSON.parse(localStorage.getItem('log')??'[]'), ...s.map((x)=>[location.pathname, x.type, x.item, x.decisionId ?? x.taskId, +x.value.toFixed(3), x.censored, x.suspicion])]));
globalThis.capture = startCapture({ root: document, clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() }, pageId: crypto.randomUUID(),
 journal: { load: () => JSON.parse(localStorage.getItem(key) ?? '[]'), save: (s) => localStorage.setItem(key, JSON.stringify(s)) },
 automated: false,
 deliver: async (batch) => { log(batch); return true; } });
addEventListener('pageshow', (e) => console.log('pageshow', e.persisted, performance.getEntriesByType('navigation')[0].type));
</script>`;
const pages: Record<string,string> = {
 '/': `<!doctype html><title>l</title><ul data-tendril-list="news" data-tendril-decision="d1"><li data-tendril-item="a"><a href="/article" id="a">A</a></li><li data-tendril-item="b"><a href="/article" id="b">B</a></li></ul>${script}`,
 '/article': `<!doctype html><title>a</title><article data-tendril-item="a" data-tendril-task="news" style="height:3000px">text</article>${script}`,
};
const server = createServer((q, s) => { const p = new URL(q.url!, 'http://x').pathname; if (p==='/s.mjs') s.writeHead(200,{'content-type':'text/javascript'}).end(code); else if (pages[p]) s.writeHead(200,{'content-type':'text/html'}).end(pages[p]); else s.writeHead(404).end(); });
await new Promise<void>((d) => server.listen(0,'127.0.0.1',d));
const url = `http://127.0.0.1:${(server.address() as any).port}`;
for (const bf of [false, true]) {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: chromiumArgs, ...(bf ? { ignoreDefaultArgs: ['--disable-back-forward-cache'] } : {}) });
  const page = await (await browser.newContext()).newPage();
  page.on('console', (m) => console.log('  console', m.text()));
  page.on('pageerror', (m) => console.log('  error', m.message));
  await page.goto(url + '/'); await page.waitForTimeout(1500);
  await page.click('#a'); await page.waitForURL('**/article'); await page.waitForTimeout(2500);
  await page.mouse.wheel(0, 600); await page.waitForTimeout(700);
  await page.goBack().catch((e) => console.log(e.message)); await page.waitForTimeout(1200);
  await page.evaluate(() => (globalThis as any).capture.flush());
  console.log('bfcache', bf, JSON.stringify(JSON.parse(await page.evaluate(() => localStorage.getItem('log')!)), null, 0).replaceAll('],[', ']\n['));
  console.log('journal', await page.evaluate(() => localStorage.getItem('journal')), await page.evaluate(() => JSON.stringify((globalThis as any).capture.counts())));
  await browser.close();
}
server.close();
