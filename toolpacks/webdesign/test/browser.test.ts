/** The browser: real pages in it, and what hostile ones cannot do. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { BROWSER_NEEDED, HAS_CHROMIUM, findingsOf, webdesignClient } from "./client.ts";
import { boilerplate, grayscale, tslibHtml } from "./real.ts";

const TIME_MS = 90_000;

/** Findings that are no notes, counted by rule. */
function counted(value: Record<string, unknown>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { rule } of findingsOf(value)) {
    if (!rule.endsWith("/review")) counts[rule] = (counts[rule] ?? 0) + 1;
  }
  return counts;
}

describe("accessibility_audit without a browser", () => {
  const { call } = webdesignClient({ chromium: false });

  it(
    "audits in jsdom, and says what it could not see",
    async () => {
      const { value } = await call("accessibility_audit", { files: grayscale });
      expect(value["engine"]).toBe("jsdom");
      expect(JSON.stringify(value["limits"])).toContain("colour contrast, target size");
      expect(counted(value)).toMatchObject({ "link-name": 3, "heading-order": 2 });
      expect(counted(value)["color-contrast"]).toBeUndefined();
    },
    TIME_MS,
  );

  it.each([
    ["html5-boilerplate", boilerplate, { "document-title": 1, "html-has-lang": 1 }],
    ["tslib", tslibHtml, { "document-title": 1, "html-has-lang": 1 }],
  ])(
    "audits %s",
    async (_, content, counts) => {
      const { value } = await call("accessibility_audit", { content });
      expect(counted(value)).toMatchObject(counts);
    },
    TIME_MS,
  );
});

describe.skipIf(!HAS_CHROMIUM)(`pages in Chromium ${BROWSER_NEEDED}`, () => {
  const { call } = webdesignClient();

  // axe-core 4.14.1 on its own, on the same pages from a local server in Chromium, gave these numbers.
  it.each([
    [
      "grayscale",
      { files: grayscale },
      {
        "color-contrast": 5,
        "heading-order": 2,
        "landmark-one-main": 1,
        "link-name": 3,
        region: 5,
      },
    ],
    [
      "html5-boilerplate",
      { content: boilerplate },
      {
        "document-title": 1,
        "html-has-lang": 1,
        "landmark-one-main": 1,
        "page-has-heading-one": 1,
        region: 1,
      },
    ],
  ])(
    "audits %s as axe alone does",
    async (_, input, counts) => {
      const { value } = await call("accessibility_audit", input);
      expect(value["engine"]).toBe("chromium");
      expect(counted(value)).toEqual(counts);
    },
    TIME_MS,
  );

  it(
    "gives place, criterion and a colour that passes",
    async () => {
      const { value } = await call("accessibility_audit", {
        content:
          '<!doctype html>\n<html lang="en"><title>x</title><main><h1>x</h1>\n<p style="color:#999">pale</p></main></html>',
      });
      expect(findingsOf(value)).toMatchObject([
        {
          rule: "color-contrast",
          location: { file: "index.html", line: 3, column: 1 },
          reference: "WCAG 1.4.3",
          fix: expect.stringContaining("Use #767676 for the text"),
        },
      ]);
    },
    TIME_MS,
  );

  const wide =
    '<!doctype html><html lang="en"><title>x</title><meta name="viewport" content="width=device-width"><h1>x</h1>';

  it(
    "finds what sticks out, is small, or crowded, only where it does",
    async () => {
      const content = `${wide}\n<div id="wide" style="width:500px">x</div>\n<div style="overflow:auto"><div style="width:900px">held</div></div>\n<button style="width:10px;height:10px;padding:0"></button><button style="width:10px;height:10px;padding:0"></button>\n<p style="font-size:9px">tiny text</p>`;
      const { value, pictures } = await call("responsive_check", { content, widths: [360, 800] });
      expect(
        findingsOf(value)
          .filter(({ object }) => object?.endsWith("@ 360"))
          .map(({ rule, location }) => `${rule} ${location?.line}`),
      ).toEqual(["overflow 2", "small-target 4", "small-target 4", "small-text 5"]);
      expect(value["views"]).toMatchObject([
        { width: 360, contentWidth: 508, overflows: true },
        { width: 800, overflows: false },
      ]);
      // The width of a PNG stands in its bytes 16 to 19.
      const widths = pictures.map((one) => Buffer.from(one, "base64").readUInt32BE(16));
      expect(widths).toEqual([360, 800]);
    },
    TIME_MS,
  );

  it.each([
    ["grayscale", { files: grayscale }, []],
    ["html5-boilerplate", { content: boilerplate }, []],
    ["tslib", { content: tslibHtml }, ["viewport-missing"]],
  ])(
    "looks at %s",
    async (_, input, rules) => {
      const found = await call("responsive_check", { ...input, widths: [360], screenshots: false });
      expect(found.rules).toEqual(rules);
    },
    TIME_MS,
  );

  it(
    "ends a page that never ends, and serves the next one",
    async () => {
      const endless = await call("accessibility_audit", {
        content: "<!doctype html><title>x</title><script>for(;;){}</script>",
        scripts: true,
      });
      expect(endless.isError).toBe(true);
      expect(endless.text).toContain("was not done in time");
      const next = await call("accessibility_audit", { content: boilerplate });
      expect(next.isError, next.text).toBe(false);
    },
    TIME_MS,
  );

  it(
    "runs scripts only when asked",
    async () => {
      const content =
        '<!doctype html><html lang="en"><script>document.title="from script"</script><main><h1 onclick="1">x</h1></main></html>';
      const off = await call("accessibility_audit", { content });
      expect(off.value["pages"]).toMatchObject([{ title: "" }]);
      const on = await call("accessibility_audit", { content, scripts: true });
      expect(on.value["pages"]).toMatchObject([{ title: "from script" }]);
    },
    TIME_MS,
  );
});

describe.skipIf(!HAS_CHROMIUM)(`a hostile page in Chromium ${BROWSER_NEEDED}`, () => {
  const { call } = webdesignClient();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => {
    server.close();
  });

  it(
    "reaches neither the network nor the disk",
    async () => {
      const { port } = server.address() as AddressInfo;
      const host = `127.0.0.1:${port}`;
      const http = `http://${host}`;
      const content = `<!doctype html><html lang="en"><head><title>x</title>
<link rel="preconnect" href="${http}"><link rel="dns-prefetch" href="//localhost:${port}"><link rel="prefetch" href="${http}/p">
<link rel="stylesheet" href="${http}/a.css"><style>@import "${http}/b.css"; body{background:url(${http}/c.png)}</style></head>
<body><main><h1>x</h1><img alt="" src="${http}/d.png"><iframe title="f" src="file:///etc/passwd"></iframe><iframe title="g" src="${http}/e"></iframe>
<object data="file:///etc/hostname"></object><video src="http://localhost:${port}/v"></video>
<script type="speculationrules">{"prerender":[{"urls":["${http}/s"]}]}</script>
<p id="out">nothing</p>
<script>
const say = (text) => { document.getElementById("out").textContent += " " + text; };
for (const url of ["${http}/f", "http://localhost:${port}/", "http://[::1]:${port}/", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data/"])
  fetch(url, { mode: "no-cors" }).then((r) => r.text()).then((t) => say("LEAK " + url + t), () => {});
try { new WebSocket("ws://${host}/"); } catch {}
try { new EventSource("${http}/es"); } catch {}
try { navigator.sendBeacon("${http}/beacon", "x"); } catch {}
try { const p = new RTCPeerConnection({ iceServers: [{ urls: "stun:${host}" }, { urls: "turn:${host}?transport=tcp", username: "u", credential: "c" }] }); p.createDataChannel("x"); p.createOffer().then((o) => p.setLocalDescription(o)); } catch {}
window.open("${http}/popup");
</script></main></body></html>`;
      const { isError, text, value } = await call("accessibility_audit", {
        content,
        scripts: true,
      });
      expect(isError, text).toBe(false);
      expect(JSON.stringify(value)).not.toMatch(/LEAK|root:/);
      expect(JSON.stringify(value["pages"])).toContain(`${http}/d.png`);
      expect(connections).toBe(0);
    },
    TIME_MS,
  );

  it(
    "is not taken elsewhere by a redirect",
    async () => {
      const { port } = server.address() as AddressInfo;
      for (const target of ["file:///etc/passwd", `http://127.0.0.1:${port}/`]) {
        const { text } = await call("responsive_check", {
          content: `<!doctype html><html lang="en"><title>x</title><meta http-equiv="refresh" content="0;url=${target}"><h1>x</h1>`,
          widths: [360],
          screenshots: false,
        });
        expect(text).not.toContain("root:");
      }
      expect(connections).toBe(0);
    },
    TIME_MS,
  );
});

/** Processes of this machine that were started with a folder of ours, by their command lines. */
function browsersOf(pid: number): number {
  const marker = `flotilla-browser-${pid}-`;
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(marker);
    } catch {
      return false;
    }
  }).length;
}

describe.skipIf(!HAS_CHROMIUM || process.platform !== "linux")(
  `the browser's life ${BROWSER_NEEDED}`,
  () => {
    const { call } = webdesignClient({ idleMs: 500 });

    it(
      "is not there before the first page, serves, and ends when idle",
      async () => {
        await vi.waitFor(() => expect(browsersOf(process.pid)).toBe(0), { timeout: 45_000 });
        await call("accessibility_audit", { content: boilerplate });
        expect(browsersOf(process.pid)).toBeGreaterThan(0);
        await vi.waitFor(() => expect(browsersOf(process.pid)).toBe(0), { timeout: 10_000 });
      },
      TIME_MS,
    );

    it(
      "ends with a call that is cancelled",
      async () => {
        const cancel = new AbortController();
        const endless = call(
          "accessibility_audit",
          { content: "<script>for(;;){}</script>", scripts: true },
          { signal: cancel.signal },
        );
        await vi.waitFor(() => expect(browsersOf(process.pid)).toBeGreaterThan(0), {
          timeout: 10_000,
        });
        cancel.abort();
        await endless.catch(() => undefined);
        await vi.waitFor(() => expect(browsersOf(process.pid)).toBe(0), { timeout: 10_000 });
      },
      TIME_MS,
    );
  },
);

describe.skipIf(!HAS_CHROMIUM)(`pages of a workspace in Chromium ${BROWSER_NEEDED}`, () => {
  const base = mkdtempSync(join(tmpdir(), "webdesign-workspace-"));
  const { call } = webdesignClient();
  beforeAll(() => {
    mkdirSync(join(base, "allowed/site"), { recursive: true });
    writeFileSync(join(base, "secret.css"), "h1{width:3000px}");
    symlinkSync(join(base, "secret.css"), join(base, "allowed/site/linked.css"));
    writeFileSync(join(base, "allowed/site/own.css"), "p{width:2000px}");
    const links = ["own.css", "linked.css", "../../secret.css", "..%2f..%2fsecret.css"]
      .map((href) => `<link rel="stylesheet" href="${href}">`)
      .join("");
    writeFileSync(
      join(base, "allowed/site/index.html"),
      `<!doctype html><html lang="en"><title>x</title><meta name="viewport" content="width=device-width">${links}<h1>x</h1><p>x</p></html>`,
    );
    vi.stubEnv("FLOTILLA_WORKSPACE", join(base, "allowed"));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(base, { recursive: true });
  });

  it.each(["site", "site/index.html"])(
    "reads what lies beside %s, and nothing outside",
    async (path) => {
      const { value, isError, text } = await call("responsive_check", {
        path,
        widths: [900],
        screenshots: false,
      });
      expect(isError, text).toBe(false);
      expect(value["views"]).toMatchObject([{ contentWidth: 2008 }]);
      expect(value["missing"]).toEqual(expect.arrayContaining(["linked.css", "secret.css"]));
    },
    TIME_MS,
  );
});
