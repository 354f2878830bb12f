/** Loaded before a program (`node --import`), this has it keep in MongoDB, at the address CUNZHENG_TEST_STORE, what it keeps in SQLite otherwise. */
import { register } from "node:module";

register(new URL("on-mongodb-hooks.mjs", import.meta.url));
