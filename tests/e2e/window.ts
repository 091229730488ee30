// Opens the built app under WebDriver on a data folder of its own, and offers
// the few gestures that the suites share. Waits are for elements and events,
// never for time.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Builder, By, Capabilities, error, Key, type WebDriver, type WebElement, until } from "selenium-webdriver";

/** How long anything may take to be there, milliseconds. */
export const PATIENCE_MS = 60_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = join(import.meta.dirname, "screenshots");

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run the suites with \`npm run e2e\``);
  return value;
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Resolves once something listens on the port; rejects when the process ends first. */
async function listening(port: number, process_: ChildProcess): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    if (process_.exitCode !== null) throw new Error(`tauri-driver ended with ${process_.exitCode}`);
    const answered = await fetch(`http://127.0.0.1:${port}/status`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (Date.now() > deadline) throw new Error("tauri-driver does not answer");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The system's numbers of the apps on a data folder. */
function appsOn(dataDir: string): string[] {
  return readdirSync("/proc").filter((entry) => {
    try {
      return (
        /^\d+$/.test(entry) &&
        readlinkSync(`/proc/${entry}/exe`) === required("RETORT_APP") &&
        readFileSync(`/proc/${entry}/environ`, "utf8").split("\0").includes(`RETORT_DATA_DIR=${dataDir}`)
      );
    } catch {
      return false; // it has ended meanwhile, or is none of ours
    }
  });
}

/** The app in its window, on a data folder that outlives a restart. */
export class Window {
  private constructor(
    private readonly driverProcess: ChildProcess,
    readonly driver: WebDriver,
    readonly dataDir: string,
    /** The system's number of the app. */
    private readonly processId: string,
  ) {}

  /** Opens the app; `dataDir` of an earlier window continues where that one was. */
  static async open(
    dataDir = mkdtempSync(join(tmpdir(), "retort-e2e-")),
    environment: Record<string, string> = {},
  ): Promise<Window> {
    const others = appsOn(dataDir);
    const port = await freePort();
    const nativePort = await freePort();
    const driverProcess = spawn("tauri-driver", ["--port", String(port), "--native-port", String(nativePort)], {
      stdio: ["ignore", "inherit", "inherit"],
      // What the webview keeps lies beside the data, so that no suite sees another's.
      env: { ...process.env, XDG_DATA_HOME: join(dataDir, "webview"), RETORT_DATA_DIR: dataDir, ...environment },
    });
    await listening(port, driverProcess);
    const capabilities = new Capabilities();
    capabilities.setBrowserName("wry");
    capabilities.set("tauri:options", { application: required("RETORT_APP") });
    const driver = await new Builder().withCapabilities(capabilities).usingServer(`http://127.0.0.1:${port}/`).build();
    const [processId] = appsOn(dataDir).filter((app) => !others.includes(app));
    if (processId === undefined) throw new Error("the app does not run");
    return new Window(driverProcess, driver, dataDir, processId);
  }

  /** Ends the app; the data folder stays. */
  async close(): Promise<void> {
    await this.driver.quit().catch(() => undefined);
    this.driverProcess.kill();
    // A session that ends while the page still loads leaves the app behind.
    if (this.isRunning()) process.kill(Number(this.processId), "SIGTERM");
    await this.untilEnded();
  }

  private isRunning(): boolean {
    return appsOn(this.dataDir).includes(this.processId);
  }

  private async untilEnded(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (this.isRunning()) {
      if (Date.now() > deadline) throw new Error("the app does not end");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits until the app has ended by itself. */
  async ended(): Promise<void> {
    await this.untilEnded();
    await this.close();
  }

  /** Ends the app as the kernel would: no word to anyone. */
  async kill(): Promise<void> {
    process.kill(Number(this.processId), "SIGKILL");
    await this.close();
  }

  /** Ends the app and forgets its data. */
  async discard(): Promise<void> {
    await this.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async resize(width: number, height: number): Promise<void> {
    await this.driver.manage().window().setRect({ width, height, x: 0, y: 0 });
  }

  /** The element of that `data-testid`, once it is visible. */
  async part(testId: string): Promise<WebElement> {
    const element = await this.driver.wait(until.elementLocated(By.css(`[data-testid="${testId}"]`)), PATIENCE_MS);
    return this.driver.wait(until.elementIsVisible(element), PATIENCE_MS);
  }

  /** The first element that a selector finds, once it is visible. */
  async element(selector: string): Promise<WebElement> {
    const element = await this.driver.wait(until.elementLocated(By.css(selector)), PATIENCE_MS, `there is no ${selector}`);
    return this.driver.wait(until.elementIsVisible(element), PATIENCE_MS, `${selector} is not seen`);
  }

  /** Clicks what a selector finds, again where it was drawn anew under the click. */
  async clickOn(selector: string): Promise<void> {
    await this.click(By.css(selector));
  }

  /** Draws from one point of an element to another; both are shares of its width. */
  async draw(selector: string, from: number, to: number): Promise<void> {
    const origin = await this.element(selector);
    const { width } = await origin.getRect();
    const x = (share: number) => Math.round((share - 0.5) * width);
    const pointer = this.driver.actions();
    await pointer.move({ origin, x: x(from), y: 0 }).press().move({ origin, x: x(to), y: 0, duration: 100 }).release().perform();
  }

  /** Keys for whatever has the focus. */
  async keys(...keys: string[]): Promise<void> {
    await this.driver.switchTo().activeElement().sendKeys(...keys);
  }

  /** Waits until a script's answer is as wanted, and gives it. */
  async until<T>(script: string, isWanted: (answer: T) => boolean, what: string): Promise<T> {
    let answer: T | undefined;
    await this.driver.wait(
      async () => {
        answer = await this.driver.executeScript<T>(script);
        return isWanted(answer);
      },
      PATIENCE_MS,
      what,
    );
    return answer as T;
  }

  /** Waits until the part's text matches. */
  async reads(testId: string, pattern: RegExp): Promise<string> {
    let text = "";
    await this.driver.wait(
      async () => {
        try {
          // Not getText: WebKit's leaves out what a scrolling part holds.
          text = await this.driver.executeScript<string>("return arguments[0].textContent", await this.part(testId));
        } catch {
          return false; // drawn anew between finding and reading
        }
        return pattern.test(text);
      },
      PATIENCE_MS,
      `${testId} never read ${String(pattern)}`,
    );
    return text;
  }

  /** Puts a text into a field of the form. */
  async set(field: string, text: string): Promise<void> {
    await this.fill(`setting-${field}`, text);
  }

  /**
   * Types over what a field holds, as a person would. Not WebDriver's `clear`:
   * it takes the text away without a key, and a field that is drawn anew
   * meanwhile has it back.
   */
  async fill(testId: string, text: string): Promise<void> {
    await this.driver.wait(
      async () => {
        const input = await this.part(testId);
        await this.driver.executeScript("arguments[0].focus(); arguments[0].select();", input);
        await input.sendKeys(text.length > 0 ? text : Key.BACK_SPACE);
        return (await input.getAttribute("value")) === text;
      },
      PATIENCE_MS,
      `${testId} does not take ${text}`,
    );
  }

  /** Picks an entry of a combobox by typing and the keyboard alone. */
  async pick(testId: string, text: string): Promise<void> {
    const input = await (await this.part(testId)).findElement(By.css("input"));
    await input.sendKeys(text);
    await this.option(text);
    // What matches best may be highlighted already, or lie below others.
    const highlighted = `return document.querySelector('[role="option"][data-highlighted] .truncate')?.textContent ?? null`;
    await this.driver.wait(
      async () => {
        if ((await this.driver.executeScript<string | null>(highlighted)) === text) return true;
        await input.sendKeys(Key.ARROW_DOWN);
        return false;
      },
      PATIENCE_MS,
      `${text} cannot be reached`,
    );
    await input.sendKeys(Key.ENTER);
    await this.driver.wait(async () => (await input.getAttribute("value")) === text, PATIENCE_MS, `${text} was not picked`);
  }

  /** Chooses a dataset by typing and the keyboard alone. */
  async choose(dataset: string): Promise<void> {
    await this.pick("DatasetTableCombobox", dataset);
  }

  /** Scrolls until the part stands in the middle of the window. */
  async reveal(testId: string): Promise<WebElement> {
    const element = await this.part(testId);
    await this.driver.executeScript(`arguments[0].scrollIntoView({ block: "center" })`, element);
    return element;
  }

  /** Presses the button that carries the id. */
  async press(testId: string): Promise<void> {
    await this.click(By.css(`[data-testid="${testId}"]:enabled`));
  }

  /** Clicks an element once it is there, again where it was drawn anew under the click. */
  private async click(locator: By): Promise<void> {
    await this.driver.wait(
      async () => {
        const element = await this.driver.wait(until.elementLocated(locator), PATIENCE_MS);
        return element.click().then(
          () => true,
          (reason: unknown) => {
            if (reason instanceof error.StaleElementReferenceError) return false;
            throw reason;
          },
        );
      },
      PATIENCE_MS,
      `${locator.toString()} cannot be clicked`,
    );
  }

  /** Files let go over the window, as Tauri tells of them. */
  async drop(...paths: string[]): Promise<void> {
    await this.driver.executeScript(
      `return window.__TAURI_INTERNALS__.invoke("plugin:event|emit", {
        event: "tauri://drag-drop",
        payload: { paths: arguments[0], position: { x: 400, y: 300 } },
      });`,
      paths,
    );
  }

  /** Draws the window in one of the themes. */
  async theme(choice: "light" | "dark"): Promise<void> {
    await this.driver.executeScript(
      `localStorage.setItem("retort.theme", JSON.stringify({ state: { choice: arguments[0] }, version: 0 }));
       window.isOfBefore = true;
       location.reload();`,
      choice,
    );
    const isDrawnAnew = `return window.isOfBefore !== true
      && document.querySelector('html[data-theme="${choice}"] nav[aria-label="Pages"]') !== null`;
    await this.driver.wait(
      // Between two documents there is none to ask.
      () => this.driver.executeScript<boolean>(isDrawnAnew).catch(() => false),
      PATIENCE_MS,
      `the window is not drawn in ${choice}`,
    );
  }

  /** What axe finds serious or critical, a line each. */
  async seriousTrouble(): Promise<string[]> {
    await this.driver.executeScript(AXE);
    return this.driver.executeAsyncScript(`
      const done = arguments[arguments.length - 1];
      axe.run(document, { resultTypes: ["violations"] }).then(
        ({ violations }) => done(violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => id + ": " + nodes.map((node) => node.html.slice(0, 160)).join(" | "))),
        (error) => done(["axe failed: " + error]),
      );
    `);
  }

  /** The first visible button (or link) of that exact text. */
  async button(text: string): Promise<WebElement> {
    const path = `//*[self::button or self::a or @role="button"][normalize-space(.)="${text}"]`;
    const element = await this.driver.wait(until.elementLocated(By.xpath(path)), PATIENCE_MS);
    await this.driver.wait(until.elementIsEnabled(element), PATIENCE_MS);
    return element;
  }

  /** Opens the part that is folded away under a title. */
  async unfold(title: string): Promise<void> {
    const path = `//button[@aria-expanded][normalize-space(.)="${title}"]`;
    const button = await this.driver.wait(until.elementLocated(By.xpath(path)), PATIENCE_MS);
    await this.driver.executeScript(`arguments[0].scrollIntoView({ block: "center" })`, button);
    if ((await button.getAttribute("aria-expanded")) !== "true") await button.click();
    await this.driver.wait(until.elementLocated(By.xpath(`${path}[@aria-expanded="true"]`)), PATIENCE_MS);
  }

  /** Shows the page behind a tab. */
  async tab(title: string): Promise<void> {
    const path = `//*[@role="tab"][normalize-space(.)="${title}"]`;
    await this.click(By.xpath(path));
    await this.driver.wait(until.elementLocated(By.xpath(`${path}[@aria-selected="true"]`)), PATIENCE_MS);
  }

  /** Shows a file of the import dialog. */
  async file(name: string): Promise<void> {
    const path = `//*[@data-testid="import-dialog"]//*[@role="tab"][starts-with(normalize-space(.), "${name}")]`;
    await this.click(By.xpath(path));
    await this.driver.wait(until.elementLocated(By.xpath(`${path}[@aria-selected="true"]`)), PATIENCE_MS);
  }

  /** Chooses from a list that opens on a press, by the label of the list. */
  async select(label: string, option: string): Promise<void> {
    await this.click(By.css(`[role="combobox"][aria-label="${label}"], button[aria-label="${label}"]`));
    await (await this.option(option)).click();
  }

  /** An entry of the list that is open. */
  async option(text: string): Promise<WebElement> {
    const path = `//*[@role="option"][starts-with(normalize-space(.), "${text}")]`;
    const element = await this.driver.wait(until.elementLocated(By.xpath(path)), PATIENCE_MS);
    return this.driver.wait(until.elementIsVisible(element), PATIENCE_MS);
  }

  /** Waits until there is no such part. */
  async gone(testId: string): Promise<void> {
    const parts = () => this.driver.findElements(By.css(`[data-testid="${testId}"]`));
    await this.driver.wait(async () => (await parts()).length === 0, PATIENCE_MS, `${testId} stays`);
  }

  /** Waits until the window as a whole says so. */
  async bodyReads(pattern: RegExp): Promise<void> {
    const text = () => this.driver.executeScript<string>("return document.body.textContent");
    await this.driver.wait(async () => pattern.test(await text()), PATIENCE_MS, `the window never read ${String(pattern)}`);
  }

  /** Goes to a page by the rail, and waits until it is drawn. */
  async go(route: string): Promise<void> {
    const link = `nav[aria-label="Pages"] a[href$="#${route}"]`;
    await this.click(By.css(link));
    await this.driver.wait(until.elementLocated(By.css(`${link}[aria-current="page"]`)), PATIENCE_MS);
    await this.driver.executeAsyncScript("const done = arguments[0]; requestAnimationFrame(() => setTimeout(done));");
  }

  /**
   * Keeps a picture of the window for a person to look at. WebKit answers with
   * the next frame that it draws, and a page at rest draws none; so a pixel
   * changes meanwhile.
   */
  async picture(name: string): Promise<void> {
    await this.driver.executeScript(`
      const pixel = document.body.appendChild(document.createElement("div"));
      pixel.id = "restless-pixel";
      pixel.setAttribute("aria-hidden", "true");
      pixel.style.cssText = "position:fixed;right:0;bottom:0;width:1px;height:1px;pointer-events:none";
      const draw = (moment) => {
        if (!pixel.isConnected) return;
        pixel.style.background = Math.floor(moment / 50) % 2 ? "#888" : "#777";
        requestAnimationFrame(draw);
      };
      requestAnimationFrame(draw);
    `);
    const picture = await this.driver.takeScreenshot();
    await this.driver.executeScript(`document.getElementById("restless-pixel")?.remove();`);
    mkdirSync(SCREENSHOTS, { recursive: true });
    writeFileSync(join(SCREENSHOTS, `${name}.png`), picture, "base64");
  }
}
