// build.mjs [FOLDER]: builds web/dist, or FOLDER: the same bytes from the same sources, so that the built files can be kept in the repository and a
// test can tell whether they are those of the sources.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = resolve(process.argv[2] ?? join(here, "dist"));

/** All that the built files depend on; dist_test.py names the same. */
async function source_files() {
  const entries = await readdir(join(here, "src"), { recursive: true, withFileTypes: true });
  const sources = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return ["build.mjs", "package-lock.json", ...sources.map((file) => relative(here, file))].sort();
}

async function hash_of(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file}\n`);
    hash.update(await readFile(join(here, file)));
  }
  return hash.digest("hex");
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await build({
  entryPoints: { app: join(here, "src/main.ts") },
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  outdir: dist,
});
await build({
  entryPoints: { app: join(here, "src/style/main.css") },
  bundle: true,
  minify: true,
  external: ["/control/*"],
  outdir: dist,
});
for (const file of ["index.html", "icon.svg"]) await copyFile(join(here, "src", file), join(dist, file));
const modules = join(here, "node_modules");
await copyFile(
  join(modules, "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"),
  join(dist, "inter.woff2"),
);
const licenses = [
  ["uPlot", "uplot/LICENSE"],
  ["Inter", "@fontsource-variable/inter/LICENSE"],
];
const texts = await Promise.all(
  licenses.map(async ([name, file]) => `${name}\n\n${await readFile(join(modules, file), "utf8")}`),
);
await writeFile(join(dist, "licenses.txt"), texts.join("\n\n"));
await writeFile(join(dist, "sources.sha256"), `${await hash_of(await source_files())}\n`);
