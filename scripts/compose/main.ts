/** Starts a Docker Engine, makes the images, runs the tests of test/compose against docker-compose.yml, and ends what it has started. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { PROJECT } from "../project.js";
import { runJest } from "../run-jest.js";
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
  process.exitCode = await runJest("test/compose/jest.config.js", {
    DOCKER_HOST: engine.host,
    CUNZHENG_TEST_DOCKER: engine.host,
    CUNZHENG_TEST_ABSENT_IMAGES: others.join(" "),
  });
} finally {
  await engine.stop();
}

/** As dist/build-info.json of this very build says. */
function commit(): string {
  const said = execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { cwd: PROJECT, encoding: "utf8" });
  return said.trim();
}
