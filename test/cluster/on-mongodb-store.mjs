/** The store of MongoDB under the name of that of SQLite. */
import { openMongoStore } from "../../dist/src/adapters/mongo/store.js";

const store = await openMongoStore(process.env["CUNZHENG_TEST_STORE"]);
export const openSqliteStore = () => store;
