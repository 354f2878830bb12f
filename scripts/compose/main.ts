/** Starts a Docker Engine, makes the images, runs the tests of test/compose against docker-compose.yml, and ends what it has started. */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { PROJECT } from "../project.js";
import { startDockerEngine } from "./docker-engine.js";
import { makeStandIns, namedImages } from "./stand-in-images.js";

const engine = await startDockerEngine(join(PROJECT, ".cache/compose/docker"));
try {
  const { others } = namedImages();
  if (others.length > 0)
    console.error(
      `\n!!! compose: nothing stands in for ${others.join(", ")}: services of these images are NOT RUN\n`,
    );
  makeStandIns(engine.host);
  console.log("compose: building cunzheng");
  execFileSync(
    "docker",
    [
      ...["--host", engine.host, "build", "--quiet", "--network", "host", "--tag", "cunzheng:local"],
      ...["--build-arg", `COMMIT=${commit()}`, PROJECT],
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  process.exitCode = await runTests(others);
} finally {
  await engine.stop();
}

async function runTests(others: readonly string[]): Promise<number> {
  const tests = spawn(
    process.execPath,
    [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      join(PROJECT, "node_modules/jest/bin/jest.js"),
      "--config",
      join(PROJECT, "test/compose/jest.config.js"),
      ...process.argv.slice(2),
    ],
    {
      cwd: PROJECT,
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        DOCKER_HOST: engine.host,
        CUNZHENG_TEST_DOCKER: engine.host,
        CUNZHENG_TEST_ABSENT_IMAGES: others.join(" "),
      },
    },
  );
  // Ctrl-C reaches the tests too: they take their containers down, and then the engine is stopped.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void tests.kill(signal));
  return new Promise((resolve) => {
    tests.once("error", () => {
      resolve(1);
    });
    tests.once("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

/** As dist/build-info.json of this very build says. */
function commit(): string {
  const said = execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: PROJECT, encoding: "utf8" });
  return said.trim();
}
