/** Every package as it would be published: what it holds, and how other programs resolve it. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../programs";

interface Package {
  name: string;
  private?: boolean;
  exports?: object;
  bin?: { [name: string]: string };
}

const packages = readdirSync(join(root, "packages")).flatMap((folder) => {
  const directory = join(root, "packages", folder);
  const file = join(directory, "package.json");
  if (!existsSync(file)) return [];
  const own: Package = JSON.parse(readFileSync(file, "utf8"));
  return own.private ? [] : [{ ...own, directory }];
});
const bin = (name: string) => join(root, "node_modules", ".bin", name);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "packed-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("there are packages to judge", () => expect(packages.length).toBeGreaterThan(5));

describe.each(packages)("$name", ({ name, directory, exports, bin: programs }) => {
  let archive: string;
  let files: string[];

  beforeAll(() => {
    const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder, directory];
    const [packed] = JSON.parse(execFileSync("npm", args, { cwd: folder, encoding: "utf8" }));
    archive = join(folder, packed.filename);
    files = packed.files.map(({ path }: { path: string }) => path);
  }, 60_000);

  test("holds its code, its licence's name and a README, and nothing that is for development", () => {
    expect(files).toEqual(expect.arrayContaining(["package.json", "README.md"]));
    if (exports) expect(files).toEqual(expect.arrayContaining(["dist/index.js", "dist/index.d.ts"]));
    expect(files).toEqual(
      expect.arrayContaining(Object.values(programs ?? {}).map((path) => path.replace(/^\.\//, ""))),
    );
    expect(files.filter((file) => /\.test\.|(^|\/)(test|src|node_modules)\/|tsconfig|tsbuildinfo/.test(file))).toEqual(
      [],
    );
  });

  test("what makes it a provider of components is at its root", () => {
    const isProvider = existsSync(join(directory, "PulumiPlugin.yaml"));
    const expected = isProvider ? ["PulumiPlugin.yaml", "schema.json"] : [];
    expect(files.filter((file) => ["PulumiPlugin.yaml", "schema.json"].includes(file)).sort()).toEqual(expected);
  });

  test("publint finds nothing", () => {
    // Where `CI` is set it would colour what is read here.
    const env = { ...process.env, NO_COLOR: "1" };
    const judged = spawnSync(bin("publint"), ["run", archive, "--strict"], { encoding: "utf8", env });
    if (judged.error) throw judged.error;
    expect(judged.stdout).toContain(`Running publint`);
    expect(judged.stdout).toContain("All good!");
    expect(judged.status).toBe(0);
  }, 60_000);

  test("attw resolves it in every way that TypeScript has", () => {
    // A package that is a program alone has nothing to resolve.
    if (!exports) return expect(Object.keys(programs ?? {})).not.toEqual([]);
    const judged = spawnSync(bin("attw"), [archive, "--format", "json"], { encoding: "utf8", maxBuffer: 1 << 26 });
    if (judged.error) throw judged.error;
    const { analysis, problems } = JSON.parse(judged.stdout);
    expect(analysis.packageName).toBe(name);
    expect(problems ?? {}).toEqual({});
    expect(judged.status).toBe(0);
  }, 60_000);
});
